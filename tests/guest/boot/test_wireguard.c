// SPDX-License-Identifier: GPL-2.0
/*
 * A wireguard device is deleted while the namespace in which it was created goes. Its driver
 * turns the carrier off when the namespace goes. The device is freed soon, so it must not get
 * on the list of link events.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"

#define DEVICE		"wg0"
#define A_MOMENT	300000	/* us, for a task to wait for RTNL */
#define LINK_EVENTS	1500000	/* us: link events are handled once in a second */

/* In init_net, by a message to @creator */
static void make_device(const struct netns *creator)
{
	struct rtattr *info;
	struct netns init;
	struct rtnl msg;

	netns_of_init(&init);
	netns_enter(creator);
	info = link_start(&msg, DEVICE, "wireguard");
	rtnl_nest_end(&msg, info);
	rtnl_put(&msg, IFLA_NET_NS_FD, &init.fd, sizeof(init.fd));
	rtnl_talk(&msg, NULL);
	netns_leave();
	netns_drop(&init);
}

static void delete_device(const void *unused)
{
	(void)unused;
	link_delete(DEVICE);
}

static void hold_rtnl(const void *unused)
{
	struct stuck holder;

	(void)unused;
	stuck_rtnl_begin(&holder);
	usleep(A_MOMENT);
	stuck_end(&holder);
}

/* Unlike start_child(), does not wait until @run returns. The child has its own mounts. */
static void start(void (*run)(const void *data))
{
	pid_t pid = fork();

	CHECK(pid >= 0, "fork: %m");
	if (!pid) {
		CHECK(!unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS): %m");
		run(NULL);
		_exit(EXIT_SUCCESS);
	}
	usleep(A_MOMENT);
}

/* Two link events. The second one has to wait for a second after the first. */
static void make_link_events(void)
{
	struct netns init;

	netns_of_init(&init);
	veth_make("wg1", &init, "wg2");
	usleep(A_MOMENT);
	veth_make("wg3", &init, "wg4");
	netns_drop(&init);
}

/*
 * Tasks get RTNL in the order in which they began to wait: the deletion, the handling of link
 * events, the second holder, and the teardown of the namespace. While the second holder has
 * RTNL, the deletion gets on until the destructor, which waits behind the teardown. Link events
 * are handled again a second later, when the device has been freed. On a very slow machine the
 * order may differ, and the case passes.
 */
void wireguard_goes_while_its_creator_goes(void)
{
	struct stuck holder;
	struct netns creator;

	need_netns();
	CHECK(!netns_unshare(&creator), "unshare(CLONE_NEWNET): %m");
	make_device(&creator);
	make_link_events();

	stuck_rtnl_begin(&holder);
	start(delete_device);
	usleep(LINK_EVENTS);
	start(hold_rtnl);
	netns_drop(&creator);
	usleep(A_MOMENT);
	stuck_end(&holder);

	waiting_for("the deletion to end");
	while (wait(NULL) > 0)
		;
	netns_make_when_left(0, &creator);
	netns_drop(&creator);
	usleep(LINK_EVENTS);
	link_delete("wg1");
	link_delete("wg3");
}
