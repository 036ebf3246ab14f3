// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The order of NCCL's calls among those of programs, on a driver and an NCCL that only write down. */
class NcclCommunicatorTest {
    private static final DeviceMemory FIRST = new DeviceMemory(51, 10, ElementType.FLOAT);
    private static final DeviceMemory SECOND = new DeviceMemory(52, 20, ElementType.HALF);

    private final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    private FakeGpu gpu = new FakeGpu(calls, false);
    private FakeNccl nccl = new FakeNccl(calls, gpu, 2);

    private NcclCommunicator join() {
        return join(() -> {});
    }

    private NcclCommunicator join(Runnable checked) {
        NcclCommunicator joined = NcclCommunicator.join(nccl, gpu, gpu.programs(), new byte[Nccl.ID_BYTES], 0, 2, checked);
        assertEquals("init 0 of 2", calls.getFirst());
        calls.clear();
        return joined;
    }

    private void shareContext() {
        gpu = new FakeGpu(calls, true);
        nccl = new FakeNccl(calls, gpu, 2);
    }

    @Test
    void aSumWaitsForTheProgramsBeforeItAndThoseAfterItWaitForIt() {
        for (boolean shared : new boolean[] {false, true}) {
            if (shared) {
                shareContext();
            }
            NcclCommunicator joined = join();
            joined.allReduce(List.of(FIRST));
            // Event 1000 and those of NCCL's own stream, 1001 and 1002, were made in this order.
            assertEquals(List.of("record 1000 on programs", "1001 waits for 1000", "allReduce 51 10 FLOAT on 1001", "record 1002 on 1001",
                    "programs waits for 1002", "begun"), calls);
            assertEquals(shared ? "in the context of programs" : "from a context of its own", joined.sharing());
            assertEquals(gpu.programs().context(), gpu.context(), "the programs' context is current again");
            calls.clear();
        }
    }

    @Test
    void severalArraysAreOneGroup() {
        NcclCommunicator joined = join();
        joined.allReduce(List.of(FIRST, SECOND));
        assertEquals(List.of("groupStart", "allReduce 51 10 FLOAT on 1001", "allReduce 52 20 HALF on 1001", "groupEnd"), calls.subList(2, 6));
    }

    @Test
    void programsGoOnBesideWhatIsOnlyBegun() {
        NcclCommunicator joined = join();
        joined.begin(List.of(FIRST));
        joined.begin(List.of(SECOND));
        assertFalse(calls.contains("programs waits for 1002"), calls::toString);
        joined.join();
        assertEquals(List.of("record 1002 on 1001", "programs waits for 1002", "begun"), calls.subList(calls.size() - 3, calls.size()));
        calls.clear();
        joined.join();
        assertEquals(List.of(), calls, "nothing is left to wait for");
    }

    @Test
    void nothingIsBegunForNoArrays() {
        NcclCommunicator joined = join();
        joined.allReduce(List.of());
        assertEquals(List.of(), calls);
    }

    @Test
    void aRankWithNothingToAddSetsZerosFirstInTheOrderOfPrograms() {
        NcclCommunicator joined = join();
        joined.zero(List.of(FIRST));
        joined.allReduce(List.of(FIRST));
        assertEquals(List.of("zero 51 on programs", "begun", "record 1000 on programs"), calls.subList(0, 3));
    }

    @Test
    void whereAddressesDoNotHoldInNcclsContextArraysAreCopied() {
        nccl.blindToOthers = true;
        NcclCommunicator joined = join();
        assertEquals("on copies", joined.sharing());
        joined.allReduce(List.of(FIRST, SECOND));
        List<String> copies = calls.stream().filter(call -> call.startsWith("copy")).toList();
        assertEquals(4, copies.size(), calls::toString);
        assertTrue(copies.get(0).startsWith("copy 51 to ") && copies.get(3).endsWith(" to 52"), copies::toString);
        int last = calls.indexOf(copies.get(3));
        assertTrue(calls.indexOf("groupEnd") < last && last < calls.indexOf("record 1002 on 1001"), calls::toString);
        assertFalse(calls.contains("allReduce 51 10 FLOAT on 1001"), calls::toString);
    }

    @Test
    void wrongSumsEitherWayAreRefused() {
        nccl = new FakeNccl(calls, gpu, 3);
        String message = assertThrows(NcclException.class, this::join).getMessage();
        assertTrue(message.startsWith("NCCL gives wrong sums here (element 0 of a sum is 6.0 and should be 3.0; on copies: "), message);
    }

    @Test
    void afterAnAbortEachWaitForProgramsThrows() {
        NcclCommunicator joined = join();
        joined.allReduce(List.of(FIRST));
        gpu.runGuards();
        joined.abort("rank 1 is gone");
        assertEquals("rank 1 is gone", assertThrows(NcclException.class, gpu::runGuards).getMessage());
        assertEquals("rank 1 is gone", assertThrows(NcclException.class, () -> joined.allReduce(List.of(FIRST))).getMessage());
        assertEquals("rank 1 is gone", joined.lost().orElseThrow());
        joined.abort("once more");
        joined.close();
        assertEquals(1, calls.stream().filter("abort"::equals).count(), "a communicator is aborted once");
        assertFalse(calls.contains("destroy"), "and not destroyed as well");
    }

    @Test
    void theGroupsOwnCheckComesFirst() {
        NcclCommunicator joined = join(() -> {
            if (nccl.aborted) {
                throw new UnsupportedOperationException("rank 1 on host b has ended");
            }
        });
        joined.abort("another rank is gone");
        assertThrows(UnsupportedOperationException.class, gpu::runGuards);
    }

    @Test
    void aFailureThatNcclNoticesAborts() {
        NcclCommunicator joined = join();
        joined.look();
        assertTrue(joined.lost().isEmpty());
        nccl.error = "remote process exited";
        joined.look();
        assertEquals("NCCL has lost another rank: remote process exited", joined.lost().orElseThrow());
        assertTrue(nccl.aborted);
        joined.look();
    }

    @Test
    @Timeout(value = 20, unit = TimeUnit.SECONDS)
    void aRankThatIsGoneEndsTheWaitForIt() {
        nccl.neverJoins = true;
        RuntimeException gone = new UnsupportedOperationException("rank 1 has ended");
        Runnable checked = () -> {
            throw gone;
        };
        assertEquals(gone, assertThrows(UnsupportedOperationException.class, () -> join(checked)));
    }

    @Test
    void itIsDestroyedOnce() {
        NcclCommunicator joined = join();
        joined.close();
        joined.close();
        joined.abort("too late");
        assertEquals(List.of("destroy"), calls);
        assertTrue(joined.lost().isEmpty());
    }
}
