// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Writes of persistent tensors that go on beside whatever needs no values, such as the recording of programs: one after the other, on a thread of their own. */
final class HostFills {
    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("mixed-fill-", 0).factory());
    private final Queue<Future<?>> pending = new ArrayDeque<>();

    HostFills() {
        thread.allowCoreThreadTimeOut(true);
    }

    /** Begins one; {@link Background#join(Future)} it before the tensor is used. */
    Future<?> begin(Runnable fill) {
        FutureTask<Void> task = new FutureTask<>(fill, null);
        pending.add(task);
        thread.execute(task);
        return task;
    }

    /** Waits for all that were begun. */
    void awaitAll() {
        for (Future<?> fill = pending.poll(); fill != null; fill = pending.poll()) {
            Background.join(fill);
        }
    }
}
