// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Threads that work in the order of what they are given, do not keep the process alive, and end when they have had nothing to do for a second. */
final class DaemonThreads {
    private DaemonThreads() {
    }

    /** Up to {@code count} threads, named by {@code name} and a number. */
    static ExecutorService of(int count, String name) {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(count, count, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name(name, 0).factory());
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }
}
