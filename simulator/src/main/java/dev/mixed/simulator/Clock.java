// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.Arrays;

/**
 * What a thread of a block knows of the others: a vector clock. An event is known to a thread where something orders it before what the thread does next.
 *
 * <p>Beside the threads there are agents that work on while their threads go on: the phases of an mbarrier, the products of a warp, the box copies of a
 * thread. Each numbers its events on its own, and a thread knows them once it has waited for them, or was ordered after a thread that had.
 */
final class Clock {
    private final Order order;
    private final int id;
    /** The number that the thread's accesses have now. */
    private int now;
    /** By thread or agent: the last of its events that is known. Never changed in place, so threads share it. Short or empty: the rest is 0. */
    private int[] seen = Order.NOTHING;
    /** When the thread fenced its accesses for asynchronous ones. */
    private int[] fences = new int[4];
    private int fenceCount;

    Clock(Order order, int id) {
        this.order = order;
        this.id = id;
        this.now = order.start();
    }

    int id() {
        return id;
    }

    int now() {
        return now;
    }

    int[] seen() {
        return seen;
    }

    /** Takes part in a meeting: knows from here on what all that took part know. */
    void meet(int[] joint, int tick) {
        seen = joint;
        now = tick;
    }

    /** Adds what the thread knows, and what it did, to what it leaves for others. */
    int[] leave(int[] before) {
        int[] both = Order.max(before, seen);
        int[] left = Arrays.copyOf(both, Math.max(both.length, order.agents()));
        left[id] = Math.max(left[id], now);
        now = order.tick();
        return left;
    }

    /** Knows from here on what others left. */
    void learn(int[] left) {
        seen = Order.max(seen, left);
    }

    /** Knows an agent's events up to this one. */
    void learn(int agent, int event) {
        if (known(agent) < event) {
            int[] more = Arrays.copyOf(seen, Math.max(seen.length, order.agents()));
            more[agent] = event;
            seen = more;
        }
    }

    private int known(int agent) {
        return agent < seen.length ? seen[agent] : 0;
    }

    /** Whether an event of a thread or an agent is ordered before what this thread does now. */
    boolean sees(int agent, int event) {
        return agent == id || order.beforeBarrier(agent, event) || known(agent) >= event;
    }

    /** What the thread does from here on is another event than what it did. */
    void step() {
        now = order.tick();
    }

    /** Orders the thread's accesses so far before asynchronous ones that see this fence. */
    void fence() {
        now = order.tick();
        if (fenceCount == fences.length) {
            fences = Arrays.copyOf(fences, 2 * fenceCount);
        }
        fences[fenceCount++] = now;
    }

    /** Whether {@code viewer} sees a fence of this thread after its access at {@code event}. */
    boolean fencedFor(Clock viewer, int event) {
        int place = Arrays.binarySearch(fences, 0, fenceCount, event + 1);
        place = place < 0 ? -place - 1 : place;
        return place < fenceCount && viewer.sees(id, fences[place]);
    }
}
