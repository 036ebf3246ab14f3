// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** The group of one rank, which talks to itself. */
final class SingleRankGroup implements RankGroup {
    private final AtomicReference<Runnable> stop = new AtomicReference<>(() -> {});

    @Override
    public int rank() {
        return 0;
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public String address() {
        return "localhost";
    }

    @Override
    public byte[] broadcast(byte[] message) {
        return message;
    }

    @Override
    public List<byte[]> allGather(byte[] message) {
        return List.of(message);
    }

    @Override
    public List<byte[]> gather(byte[] message) {
        return List.of(message);
    }

    @Override
    public void check() {
    }

    @Override
    public void onLost(Runnable action) {
    }

    @Override
    public void requestStop() {
        stop.getAndSet(() -> {}).run();
    }

    @Override
    public void onStop(Runnable action) {
        stop.set(action);
    }

    @Override
    public void fail(String sentence) {
    }

    @Override
    public void close() {
    }
}
