// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

/**
 * mbarriers: 8 bytes of shared memory that count arrivals and bytes. A phase ends with its last arrival and byte; phases are told apart by their parity,
 * the first being 0.
 */
public final class Mbarriers {
    private Mbarriers() {
    }

    /** A barrier of so many arrivals a phase. One thread calls it; others use it after {@link #fenceInit} and a barrier of the block. */
    @CudaC(value = "asm volatile(\"mbarrier.init.shared::cta.b64 [%0], %1;\" :: \"r\"($0), \"r\"($1) : \"memory\")", needs = Capability.SM_90)
    public static void init(int barrier, int arrivals) {
        DeviceThread.current().initBarrier(barrier, arrivals);
    }

    /** Shows new barriers to asynchronous copies. */
    @CudaC(value = "asm volatile(\"fence.mbarrier_init.release.cluster;\" ::: \"memory\")", needs = Capability.SM_90)
    public static void fenceInit() {
        DeviceThread.current().fenceBarrierInit();
    }

    /** Arrives. */
    @CudaC(value = "asm volatile(\"mbarrier.arrive.shared::cta.b64 _, [%0];\" :: \"r\"($0) : \"memory\")", needs = Capability.SM_90)
    public static void arrive(int barrier) {
        DeviceThread.current().arrive(barrier);
    }

    /** Arrives, and lets the phase wait for so many bytes. */
    @CudaC(value = "asm volatile(\"mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;\" :: \"r\"($0), \"r\"($1) : \"memory\")", needs = Capability.SM_90)
    public static void arriveExpecting(int barrier, int bytes) {
        DeviceThread.current().arriveExpecting(barrier, bytes);
    }

    /** Waits until the phase of this parity has ended; returns at once if the one that runs has the other parity. */
    @CudaC(value = "asm volatile(\"{ .reg .pred p; AGAIN: mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1; @p bra DONE; bra AGAIN; DONE: }\""
            + " :: \"r\"($0), \"r\"($1) : \"memory\")", needs = Capability.SM_90)
    public static void await(int barrier, int parity) {
        DeviceThread.current().awaitPhase(barrier, parity);
    }
}
