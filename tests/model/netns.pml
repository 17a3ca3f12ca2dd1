/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The life of a network namespace: creation, failed setup, last reference, cleanup,
 * delayed free, registration, unregistration, and net_ns_barrier().
 *
 * In: -D NETS=n and -D CREATORS=n; -D WALKER, -D REGISTRATION and -D BARRIER for these
 * processes; -D FINE for smaller steps; -D FAULT_NAME for one of the faults. tests/model/runs
 * has the values that tests/stack/model.sh checks.
 *
 * Each process and inline names the functions that it stands for, in a line "Code:".
 * tests/model/code has their text.
 *
 * A step is one atomic operation, one method, or what a lock makes one. Without FINE, what
 * a process does between two of these joins a step, if no other process can see or change
 * it: the methods that run under one hold of pernet_ops_rwsem, and taking and releasing
 * it. Memory is sequentially consistent: tests/litmus is about the order of accesses.
 */
#ifdef FINE
#define JOINED
#else
#define JOINED atomic
#endif

#ifndef NETS
#define NETS 3
#endif
#ifndef CREATORS
#define CREATORS 2
#endif
/* Namespaces in which the init method of operations 0 opens a socket. */
#ifndef SOCKETS
#define SOCKETS 7
#endif

#define BIT(n) (1 << (n))

/*
 * Variables that stay 0. pan prints their names if a check fails.
 */
bit used_after_free, torn_down_while_used, freed_while_referenced;
bit used_after_release, exit_not_after_init, exit_not_in_reverse_order;
bit init_not_in_order, never_exited, method_of_unregistered_operations;
bit exit_after_barrier, found_before_setup;
bit not_freed_in_the_end, deadlock;
#define CHECK(condition, wrong) if :: (condition) :: else -> assert(wrong) fi

/*
 * Namespaces. A set of them is a mask.
 */
byte created;			/* how many */
byte strong[NETS];		/* net->ns */
byte passive[NETS];		/* net->passive */
byte inited[NETS];		/* operations whose init has run, and exit has not */
byte listed;			/* net_namespace_list */
byte unlisted;			/* by cleanup_net() */
byte failed;			/* setup failed. The creator keeps its reference. */
byte released;			/* net_release() has begun */
byte freed;
byte cleanup_list;
byte defer_free_list;
bool cleanup_pending;		/* net_cleanup_work is queued */
bool free_pending;		/* net_free_work is queued */

#define IS(set, n) (((set) >> (n)) & 1)
#define USE(n) CHECK(!IS(freed, n), used_after_free)

/*
 * pernet_list: 0 is a subsystem, 1 one that comes and goes, 2 a device. The init method
 * of the first opens a socket, which has a passive reference.
 */
#define OPS 3
#define STAYS 5			/* mask of 0 and 2 */
byte pernet_list = STAYS;
bool text;			/* the code of operations 1 is there */
#ifdef FAULT_FIRST_OPERATIONS_NOT_INITED
bool may_fail;
#else
bool may_fail = 1;		/* one method fails in a run, or none */
#endif

/* pernet_ops_rwsem */
byte readers;
bool writer;

inline down_read() { atomic { !writer -> readers++ } }
inline up_read() { readers-- }
inline down_write() { atomic { !writer && readers == 0 -> writer = 1 } }
inline up_write() { writer = 0 }

/*
 * RCU. One process, walker, has a read-side section. callbacks has the callbacks that are
 * queued or run: one for each namespace, and one that it queues.
 */
bool reading;
bool section;
byte callbacks;
#define SECOND(n) BIT((n) + NETS)

inline synchronize_rcu()
{
#ifndef FAULT_NO_GRACE_PERIOD
#ifdef WALKER
	atomic { rcu_snap = section; rcu_wait = reading }
	atomic {
		!rcu_wait || !reading || section != rcu_snap ->
		rcu_wait = 0;
		rcu_snap = 0
	}
#endif
#endif
	skip
}

/*
 * Waits for the callbacks that are queued now, and not for those that they queue. It stands
 * for rcu_barrier_net(), too.
 *
 * Code: rcu_barrier_net
 */
inline rcu_barrier()
{
	rcu_snap = callbacks;
	rcu_barrier_wait()
}

inline rcu_barrier_wait()
{
	atomic { (callbacks & rcu_snap) == 0 -> rcu_snap = 0 }
}

/*
 * References
 */

/* Code: put_net __ns_ref_put __put_net */
inline put_net(n)
{
	atomic {
		USE(n);
		strong[n]--;
		last = (strong[n] == 0)
	}
	if
	:: last ->
		atomic {
			USE(n);
			first = (cleanup_list == 0);
			cleanup_list = cleanup_list | BIT(n);
			last = 0
		}
		if
#ifdef FAULT_QUEUED_IF_NOT_EMPTY
		:: !first ->
#else
		:: first ->
#endif
			atomic { cleanup_pending = 1; first = 0 }
		:: else -> first = 0
		fi
	:: else
	fi
}

/* Code: net_passive_dec */
inline net_passive_dec(n)
{
	/* Nobody tests the count after it is zero. So llist_add() joins the step. */
	atomic {
		USE(n);
		passive[n]--;
		if
#ifdef FAULT_FREED_BY_FIRST_DROP
		:: !IS(defer_free_list, n) ->
#else
		:: passive[n] == 0 ->
#endif
			first = (defer_free_list == 0);
			defer_free_list = defer_free_list | BIT(n)
		:: else
		fi
	}
#ifdef FAULT_NO_FREE_WORK
	first = 0;
#endif
	if
	:: first -> atomic { free_pending = 1; first = 0 }
	:: else
	fi
}

/* Code: net_release */
inline net_release(n)
{
	JOINED {
		released = released | BIT(n);
		net_passive_dec(n)
	}
}

/* Code: net_free */
inline net_free(n)
{
	CHECK(!IS(freed, n), used_after_free);
	CHECK(passive[n] == 0, freed_while_referenced);
	CHECK(strong[n] == 0 || IS(failed, n), freed_while_referenced);
	CHECK(inited[n] == 0, never_exited);
	freed = freed | BIT(n);
	/* Fewer states: variables that are not read any more have one value. */
	strong[n] = 0;
	failed = failed & ~BIT(n);
	released = released & ~BIT(n)
}

/* Code: net_complete_free */
inline net_complete_free()
{
#ifdef FAULT_TAKEN_AFTER_BARRIER
	rcu_barrier();
	atomic { unused = defer_free_list; defer_free_list = 0 }
#else
	atomic { unused = defer_free_list; defer_free_list = 0 }
#ifndef FAULT_NO_BARRIER
	rcu_barrier();
#endif
#endif
	atomic {
		i = 0;
		do
		:: i < NETS ->
			if
			:: IS(unused, i) -> net_free(i)
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0;
		unused = 0
	}
}

/*
 * Methods
 */
#define RUN(op) CHECK(op != 1 || text, method_of_unregistered_operations)

/* Code: ops_init */
inline ops_init(n, op)
{
	USE(n);
	RUN(op);
	CHECK(!IS(inited[n], op), exit_not_after_init);
	inited[n] = inited[n] | BIT(op);
	if
	:: op == 0 && IS(SOCKETS, n) -> passive[n]++
	:: else
	fi
}

/* An exit method. That of operations 0 queues a callback. */
inline exit(n, op)
{
	USE(n);
	RUN(op);
	CHECK(IS(inited[n], op), exit_not_after_init);
	inited[n] = inited[n] & ~BIT(op);
	if
	:: op == 0 && IS(SOCKETS, n) -> callbacks = callbacks | BIT(n)
	:: else
	fi
}

/* Methods of all namespaces in the set nets: one step for each operations. */
inline exit_nets(nets, op)
{
	i = 0;
	do
	:: i < NETS ->
		if
		:: IS(nets, i) ->
			exit(i, op);
			CHECK(inited[i] >> (op) == 0, exit_not_in_reverse_order)
		:: else
		fi;
		i++
	:: else -> break
	od;
	i = 0
}

inline pre_exit_nets(nets, op)
{
	i = 0;
	do
	:: i < NETS ->
		if
		:: IS(nets, i) ->
			USE(i);
			RUN(op);
			CHECK(IS(inited[i], op), exit_not_after_init)
		:: else
		fi;
		i++
	:: else -> break
	od;
	i = 0
}

/*
 * Undo the operations before end for the set nets.
 *
 * Code: ops_undo_list ops_exit_rtnl_list ops_free_data
 */
inline ops_undo_list(end, nets)
{
	JOINED {
		op = end;
		do
		:: op > 0 ->
			op--;
			if
			:: IS(pernet_list, op) -> atomic { pre_exit_nets(nets, op) }
			:: else
			fi
		:: else -> break
		od
	}
	synchronize_rcu();
	JOINED {
#ifdef FAULT_EXIT_IN_ORDER
		do
		:: op < end ->
			if
			:: IS(pernet_list, op) -> atomic { exit_nets(nets, op) }
			:: else
			fi;
			op++
		:: else -> op = 0; break
		od
#else
		op = end;
		do
		:: op > 0 ->
			op--;
			if
#ifdef FAULT_FIRST_OPERATIONS_NOT_UNDONE
			:: IS(pernet_list, op) && op != 0 -> atomic { exit_nets(nets, op) }
#else
			:: IS(pernet_list, op) -> atomic { exit_nets(nets, op) }
#endif
			:: else
			fi
		:: else -> break
		od
#endif
	}
}

/*
 * Processes
 */
byte done;			/* how many have ended */

/* Code: copy_net_ns net_alloc setup_net ops_init_list */
proctype creator()
{
	byte n, op, failed_op, i, rcu_snap;
	bool rcu_wait, last, first, err;

	do
	:: atomic {
		created < NETS ->
		n = created;
		created++;
		strong[n] = 1;
		passive[n] = 1
	   }
	   JOINED {
		down_read();
#ifdef FAULT_LISTED_BEFORE_INIT
		listed = listed | BIT(n);
		(true);
#endif
#ifdef FAULT_FIRST_OPERATIONS_NOT_INITED
		op = 1;
#else
		op = 0;
#endif
		do
		:: op < OPS && IS(pernet_list, op) ->
		   atomic {
			if
			:: may_fail -> may_fail = 0; err = 1
			:: true ->
				ops_init(n, op);
				CHECK(inited[n] == (pernet_list & (BIT(op + 1) - 1)), init_not_in_order);
				op++
			fi
		   }
		   if
		   :: err -> break
		   :: else
		   fi
		:: op < OPS && !IS(pernet_list, op) -> op++
		:: op == OPS -> break
		od;
		if
		:: err ->
#ifdef FAULT_FAILED_OPERATIONS_UNDONE
			failed_op = op + 1
#else
			failed_op = op
#endif
		:: else ->
			op = 0;
			listed = listed | BIT(n);
			up_read()
		fi
	   }
	   if
	   :: err ->
		ops_undo_list(failed_op, BIT(n));
		JOINED {
			failed = failed | BIT(n);
			err = 0;
			failed_op = 0;
#ifndef FAULT_FAILED_SETUP_KEEPS_LOCK
			up_read()
#endif
		}
#ifndef FAULT_NO_BARRIER_IN_FAILED_SETUP
		rcu_barrier();
#endif
		net_release(n)
	   :: else -> put_net(n)
	   fi;
	   n = 0
	:: created == NETS -> break
	od;
	done++
}

/* Code: cleanup_net unlist_nets */
proctype cleanup_worker()
{
	byte dying, unused, op, i, rcu_snap;
	bool rcu_wait, last, first;

end:	do
	:: cleanup_pending ->
		cleanup_pending = 0;
		atomic { dying = cleanup_list; cleanup_list = 0 }
		JOINED {
#ifndef FAULT_CLEANUP_UNLOCKED
			down_read();
#endif
			atomic { listed = listed & ~dying; unlisted = unlisted | dying }
		}
		ops_undo_list(OPS, dying);
#ifndef FAULT_CLEANUP_UNLOCKED
		up_read();
#endif
		net_complete_free();
		do
		:: op < NETS && IS(dying, op) -> net_release(op); op++
		:: op < NETS && !IS(dying, op) -> op++
		:: op == NETS -> break
		od;
		atomic { op = 0; dying = 0 }
	od
}

/* Code: net_free_work_fn */
proctype free_worker()
{
	byte unused, i, rcu_snap;

end:	do
	:: free_pending ->
		free_pending = 0;
		if
		:: defer_free_list != 0 -> net_complete_free()
#ifdef FAULT_FREE_WORK_QUEUED_AGAIN
		:: else -> free_pending = 1
#else
		:: else
#endif
		fi
	od
}

/* Runs callbacks, one at a time. The first of a namespace drops the socket's reference. */
proctype softirq()
{
	byte n;
	bool last, first;

end:	do
	:: atomic { IS(callbacks, 0) -> n = 0 }
	   goto run_first
	:: atomic { IS(callbacks, 1) -> n = 1 }
	   goto run_first
#if NETS > 2
	:: atomic { IS(callbacks, 2) -> n = 2 }
	   goto run_first
#endif
	:: atomic { callbacks >= SECOND(0) ->
		if
		:: callbacks & SECOND(0) -> n = 0
		:: callbacks & SECOND(1) -> n = 1
#if NETS > 2
		:: callbacks & SECOND(2) -> n = 2
#endif
		fi;
		USE(n);
		callbacks = callbacks & ~SECOND(n);
		n = 0
	   }
	   goto end
run_first:
	   atomic {
		USE(n);
		CHECK(!IS(released, n), used_after_release);
		callbacks = callbacks | SECOND(n)
	   }
	   JOINED {
		net_passive_dec(n);
		callbacks = callbacks & ~BIT(n);
		n = 0
	   }
	od
}

/*
 * Walks under RCU, and takes references to a namespace that it finds.
 *
 * Code: maybe_get_net __ns_ref_get net_passive_inc
 */
proctype walker()
{
	byte n;
	bool got, last, first;

	if
	:: atomic { IS(listed, 0) -> reading = 1 }
	:: atomic { IS(listed, 1) -> reading = 1; n = 1 }
#if NETS > 2
	:: atomic { IS(listed, 2) -> reading = 1; n = 2 }
#endif
	:: created == NETS -> goto out
	fi;
	atomic {
		USE(n);
		CHECK((inited[n] & STAYS) == STAYS, found_before_setup)
	}
	atomic {
		USE(n);
		CHECK((inited[n] & STAYS) == STAYS, torn_down_while_used);
		if
#ifdef FAULT_GET_WITHOUT_TEST
		:: true -> strong[n]++; got = 1
#else
		:: strong[n] != 0 -> strong[n]++; got = 1
#endif
		:: else
		fi
	}
	atomic {
		USE(n);
		CHECK((inited[n] & STAYS) == STAYS, torn_down_while_used);
		reading = 0;
		section = !section
	}
	if
	:: got ->
		atomic {
			USE(n);
			CHECK((inited[n] & STAYS) == STAYS, torn_down_while_used);
			passive[n]++;
			got = 0
		}
		put_net(n);
		net_passive_dec(n)
	:: else
	fi;
out:	atomic { n = 0; done++ }
}

/* Code: register_pernet_ops ops_init_single unregister_pernet_ops ops_undo_single */
proctype registration()
{
	byte nets, i, rcu_snap;
	bool rcu_wait, err;

	JOINED {
		text = 1;
		down_write();
		pernet_list = pernet_list | BIT(1);
		i = 0;
		do
		:: i < NETS && IS(listed, i) && !err ->
			if
			:: may_fail -> may_fail = 0; err = 1
			:: true -> ops_init(i, 1); nets = nets | BIT(i)
			fi;
			i++
		:: i < NETS && (!IS(listed, i) || err) -> i++
		:: i == NETS -> break
		od;
		i = 0;
		if
		:: err
		:: else -> up_write()
		fi
	}
	JOINED {
		if
		:: err
		:: else ->
#ifndef FAULT_UNREGISTER_UNLOCKED
			down_write();
#endif
			nets = listed
		fi;
		atomic { pernet_list = pernet_list & ~BIT(1); pre_exit_nets(nets, 1) }
	}
	synchronize_rcu();
	JOINED {
		atomic {
			do
			:: i < NETS ->
				if
				:: IS(nets, i) -> exit(i, 1)
				:: else
				fi;
				i++
			:: else -> break
			od;
			i = 0;
			nets = 0
		}
		rcu_snap = callbacks
	}
	rcu_barrier_wait();
	JOINED {
#ifdef FAULT_UNREGISTER_UNLOCKED
		if
		:: err -> up_write()
		:: else
		fi;
#else
		up_write();
#endif
		err = 0;
		text = 0;
		done++
	}
}

/*
 * A module that walks the list before it goes away.
 *
 * Code: net_ns_barrier
 */
proctype barrier_caller()
{
	byte missed, i;

	missed = unlisted;
#ifndef FAULT_NO_NS_BARRIER
	down_write();
	up_write();
#endif
	atomic {
		i = 0;
		do
		:: i < NETS ->
			CHECK(!IS(missed, i) || inited[i] == 0, exit_after_barrier);
			i++
		:: else -> break
		od;
		missed = 0;
		i = 0
	}
	done++
}

init
{
	byte i, others;

	atomic {
		i = 0;
		do
		:: i < CREATORS -> run creator(); i++
		:: else -> break
		od;
		run cleanup_worker();
		run free_worker();
		run softirq();
#ifdef WALKER
		run walker(); others++;
#endif
#ifdef REGISTRATION
		run registration(); others++;
#endif
#ifdef BARRIER
		run barrier_caller(); others++;
#endif
		i = 0
	}
	timeout ->
	atomic {
		CHECK(done == CREATORS + others, deadlock);
		CHECK(readers == 0 && !writer, deadlock);
		CHECK(freed == BIT(NETS) - 1, not_freed_in_the_end)
	}
}
