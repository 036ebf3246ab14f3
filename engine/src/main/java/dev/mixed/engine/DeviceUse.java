// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which thread uses a device at the moment. A second one's use throws: two threads' launches, inputs and results would mix, and each would get the
 * other's numbers.
 *
 * <p>Two threads may also take turns so closely that no two of their calls overlap, and yet one overwrites what the other has just written or
 * computed. That is noticed by what gets lost: whoever comes back for an input or a result that another thread has replaced meanwhile is told so.
 * A thread that waits or has ended has handed its work over; uses one after the other are fine.
 */
final class DeviceUse {
    private static final VarHandle USER;
    /** So many tensors that were written and never read are remembered. */
    private static final int FRESH_LIMIT = 4096;

    static {
        try {
            USER = MethodHandles.lookup().findVarHandle(DeviceUse.class, "user", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Device device;
    private volatile @Nullable Thread user;
    /** Of the user's nested uses; no other thread looks at it. */
    private int depth;
    /** Tensors that the host has written and no launch has read since. */
    private final List<Buffer> fresh = new ArrayList<>();
    private boolean anythingLost;

    DeviceUse(Device device) {
        this.device = device;
    }

    @SuppressWarnings("ReferenceEquality") // a thread is one object
    void begin() {
        Thread current = Thread.currentThread();
        if (user != current) {
            Thread other = (Thread) USER.compareAndExchange(this, null, current);
            if (other != null) {
                throw new IllegalStateException(name(current) + " uses the device '" + device.name() + "' while " + name(other)
                        + " is using it; " + remedy());
            }
        }
        depth++;
    }

    void end() {
        if (--depth == 0) {
            user = null;
        }
    }

    /** Notes that the calling thread, which uses the device, wrote a tensor that existed before. */
    @SuppressWarnings("ReferenceEquality")
    void wrote(Buffer buffer) {
        Thread current = Thread.currentThread();
        Thread before = buffer.writer;
        if (before == null) {
            if (fresh.size() == FRESH_LIMIT) {
                fresh.forEach(b -> b.writer = null);
                fresh.clear();
            }
            fresh.add(buffer);
        } else if (before != current && active(before)) {
            buffer.losers = with(buffer.losers, before);
            anythingLost = true;
        }
        if (buffer.losers != null) {
            buffer.losers.remove(current);
        }
        buffer.writer = current;
    }

    /** Notes that a launch reads or updates a tensor outside of a recording. */
    void launched(Buffer buffer) {
        requireOwn(buffer);
        if (buffer.writer != null) {
            buffer.writer = null;
            fresh.remove(buffer);
        }
    }

    /** Notes that a program runs that reads the persistent buffers {@code inputs}. */
    void runs(Set<Buffer> inputs) {
        if (anythingLost) {
            inputs.forEach(this::requireOwn);
        }
        if (!fresh.isEmpty()) {
            fresh.removeIf(buffer -> {
                if (inputs.contains(buffer)) {
                    buffer.writer = null;
                    return true;
                }
                return false;
            });
        }
    }

    /** Refuses a tensor that another thread has overwritten after the calling one had written it, and before it was used. */
    void requireOwn(Buffer buffer) {
        if (buffer.losers != null && buffer.losers.contains(Thread.currentThread())) {
            throw new IllegalStateException(name(Thread.currentThread()) + " wrote a tensor on the device '" + device.name()
                    + "' that another thread" + (buffer.writer == null ? "" : ", " + name(buffer.writer) + ",") + " has overwritten since; " + remedy());
        }
    }

    /** A thread's claim to be told of a loss; held weakly. */
    static Set<Thread> with(@Nullable Set<Thread> losers, Thread loser) {
        Set<Thread> all = losers == null ? Collections.newSetFromMap(new WeakHashMap<>()) : losers;
        all.add(loser);
        return all;
    }

    /** Whether a thread goes on by itself: one that waits, perhaps for the caller, or has ended does not. */
    static boolean active(Thread thread) {
        Thread.State state = thread.getState();
        return state == Thread.State.RUNNABLE || state == Thread.State.BLOCKED;
    }

    static String name(Thread thread) {
        return "the thread '" + (thread.getName().isEmpty() ? "#" + thread.threadId() : thread.getName()) + "'";
    }

    static String remedy() {
        return "a device serves one thread at a time: let threads share a Predictor, guard all uses by one lock, or give each thread a device and a model of"
                + " its own";
    }
}
