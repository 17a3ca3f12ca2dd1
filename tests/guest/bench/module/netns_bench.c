// SPDX-License-Identifier: GPL-2.0
/*
 * Measures pairs of get_net() and put_net(), the registration of operations, and the idle
 * time of CPUs. Measures pairs and registration during module init; /init reads the results
 * in /sys/module/netns_bench/parameters. Can also slow the teardown of namespaces.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <trace/events/power.h>

#include <net/net_namespace.h>

#define MAX_CPUS	8
#define MAX_ROUNDS	32

static unsigned int cpus;
module_param(cpus, uint, 0444);
MODULE_PARM_DESC(cpus, "number of CPUs on which to time pairs of get_net() and put_net()");

static unsigned int pairs = 1000000;
module_param(pairs, uint, 0444);
MODULE_PARM_DESC(pairs, "number of pairs on each CPU");

static unsigned long pairs_ns;
module_param(pairs_ns, ulong, 0444);
MODULE_PARM_DESC(pairs_ns, "out: time for all pairs");

static unsigned int rounds;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "how often to register and unregister operations");

static unsigned long register_ns[MAX_ROUNDS], unregister_ns[MAX_ROUNDS];
static unsigned int registered, unregistered;
module_param_array(register_ns, ulong, &registered, 0444);
MODULE_PARM_DESC(register_ns, "out: time of each registration");
module_param_array(unregister_ns, ulong, &unregistered, 0444);
MODULE_PARM_DESC(unregister_ns, "out: time of each unregistration");

static bool watch_idle;
module_param(watch_idle, bool, 0444);
MODULE_PARM_DESC(watch_idle, "count idle_ns while the module is loaded");

static unsigned int exit_ms;
module_param(exit_ms, uint, 0444);
MODULE_PARM_DESC(exit_ms, "instead: how long an exit method takes while the module is loaded");

static DECLARE_COMPLETION(go);
static struct completion done[MAX_CPUS];

static int pairs_thread(void *completion)
{
	unsigned int i;

	wait_for_completion(&go);
	for (i = 0; i < pairs; i++)
		put_net(get_net(&init_net));
	kthread_complete_and_exit(completion, 0);
}

static bool start_pairs(unsigned int cpu)
{
	struct task_struct *task;

	init_completion(&done[cpu]);
	task = kthread_create_on_cpu(pairs_thread, &done[cpu], cpu,
				     "netns_bench/%u");
	if (IS_ERR(task))
		return false;

	wake_up_process(task);
	return true;
}

static int time_pairs(void)
{
	unsigned int started = 0, cpu;
	ktime_t start;

	if (cpus > min(num_online_cpus(), MAX_CPUS))
		return -EINVAL;

	while (started < cpus && start_pairs(started))
		started++;

	start = ktime_get();
	complete_all(&go);
	for (cpu = 0; cpu < started; cpu++)
		wait_for_completion(&done[cpu]);
	pairs_ns = ktime_to_ns(ktime_sub(ktime_get(), start));
	return started < cpus ? -ENOMEM : 0;
}

static unsigned int bench_id;

static int __net_init bench_init(struct net *net)
{
	return 0;
}

static void __net_exit bench_exit(struct net *net)
{
}

static struct pernet_operations bench_ops = {
	.init	= bench_init,
	.exit	= bench_exit,
	.id	= &bench_id,
	.size	= sizeof(long),
};

static int time_registration(void)
{
	ktime_t start, middle;
	unsigned int i;
	int err;

	if (rounds > MAX_ROUNDS)
		return -EINVAL;

	for (i = 0; i < rounds; i++) {
		start = ktime_get();
		err = register_pernet_subsys(&bench_ops);
		if (err)
			return err;
		middle = ktime_get();
		unregister_pernet_subsys(&bench_ops);
		register_ns[i] = ktime_to_ns(ktime_sub(middle, start));
		unregister_ns[i] = ktime_to_ns(ktime_sub(ktime_get(), middle));
	}
	registered = unregistered = rounds;
	return 0;
}

static void __net_exit slow_exit(struct net *net)
{
	msleep(exit_ms);
}

static struct pernet_operations slow_ops = {
	.exit	= slow_exit,
};

/*
 * A CPU is idle from its idle task's halt to the next interrupt. The interrupt's softirq,
 * where RCU callbacks run, is not idle time. get_cpu_idle_time_us() is exact only while
 * the tick is stopped, and based on samples otherwise.
 */
static DEFINE_PER_CPU(u64, idle_since);
static DEFINE_PER_CPU(u64, idle_sum);

static void end_idle(void)
{
	u64 since = this_cpu_xchg(idle_since, 0);

	if (since)
		this_cpu_add(idle_sum, ktime_get_ns() - since);
}

static void on_cpu_idle(void *data, unsigned int state, unsigned int cpu)
{
	if (state == PWR_EVENT_EXIT)
		end_idle();
	else
		this_cpu_write(idle_since, ktime_get_ns());
}

static int on_irq_in_idle(struct kprobe *probe, struct pt_regs *regs)
{
	end_idle();
	return 0;
}

static struct kprobe irq_probe = {
	.symbol_name	= "tick_irq_enter",
	.pre_handler	= on_irq_in_idle,
};

static int get_idle(char *buffer, const struct kernel_param *param)
{
	u64 sum = 0;
	int cpu;

	for_each_online_cpu(cpu)
		sum += per_cpu(idle_sum, cpu);
	return sysfs_emit(buffer, "%llu\n", sum);
}

static const struct kernel_param_ops idle_ops = {
	.get	= get_idle,
};
module_param_cb(idle_ns, &idle_ops, NULL, 0444);
MODULE_PARM_DESC(idle_ns, "out: idle time of the CPUs, up to their last interrupt");

static int start_watching(void)
{
	int err;

	err = register_kprobe(&irq_probe);
	if (err)
		return err;

	err = register_trace_cpu_idle(on_cpu_idle, NULL);
	if (err)
		unregister_kprobe(&irq_probe);
	return err;
}

static void stop_watching(void)
{
	unregister_trace_cpu_idle(on_cpu_idle, NULL);
	tracepoint_synchronize_unregister();
	unregister_kprobe(&irq_probe);
}

static int __init netns_bench_init(void)
{
	int err;

	if (exit_ms)
		return register_pernet_subsys(&slow_ops);

	err = time_pairs();
	if (!err)
		err = time_registration();
	if (!err && watch_idle)
		err = start_watching();
	return err;
}
module_init(netns_bench_init);

static void __exit netns_bench_exit(void)
{
	if (exit_ms)
		unregister_pernet_subsys(&slow_ops);
	else if (watch_idle)
		stop_watching();
}
module_exit(netns_bench_exit);

MODULE_DESCRIPTION("Times of the network namespace core");
MODULE_LICENSE("GPL");
