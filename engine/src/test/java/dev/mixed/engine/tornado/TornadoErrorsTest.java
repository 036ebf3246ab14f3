// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DeviceException;
import dev.mixed.tornado.cuda.DriverException;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.exceptions.TornadoBailoutRuntimeException;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;

/** What TornadoVM throws becomes one sentence; what this program does wrong stays what it is. */
class TornadoErrorsTest {
    private static DeviceException explained(RuntimeException thrown) {
        return assertThrows(DeviceException.class, () -> TornadoErrors.explained(() -> {
            throw thrown;
        }));
    }

    @Test
    void aKernelThatDoesNotCompile() {
        DeviceException e = explained(
                new TornadoBailoutRuntimeException("\u001B[31mBailout is disabled. \nReason: Unable to compile task p.t0 - gelu\u001B[0m"));
        assertEquals(
                "TornadoVM could not compile a kernel for the GPU (Bailout is disabled. Reason: Unable to compile task p.t0 - gelu); run './mixed doctor', or"
                        + " use --device jvm.",
                e.getMessage());
    }

    @Test
    void aGpuWithoutMemory() {
        DeviceException e = explained(new TornadoOutOfMemoryException("Unable to allocate 5 bytes of memory."));
        assertTrue(e.getMessage().startsWith("the GPU has no memory left"), e.getMessage());
        assertTrue(e.getMessage().contains("--batch"), e.getMessage());
    }

    @Test
    void anErrorOfTheDriver() {
        DeviceException e = explained(new TornadoBailoutRuntimeException("cuGraphLaunch failed. CUresult=700"));
        assertTrue(e.getMessage().contains("CUresult=700"), e.getMessage());
        assertFalse(e.getMessage().contains("\n"));
    }

    @Test
    void anErrorOfALaunchOfOurOwn() {
        DeviceException e = explained(new DriverException("cuStreamSynchronize gave the error 700"));
        assertEquals("the GPU stopped with an error (cuStreamSynchronize gave the error 700); run './mixed doctor', or use --device jvm.", e.getMessage());
    }

    @Test
    void aLongReasonIsCut() {
        assertTrue(explained(new TornadoBailoutRuntimeException("x".repeat(5000))).getMessage().length() < 450);
    }

    @Test
    void aMistakeOfTheProgramIsNotTheGpus() {
        IllegalStateException own = new IllegalStateException("own");
        assertSame(own, assertThrows(IllegalStateException.class, () -> TornadoErrors.explained(() -> {
            throw own;
        })));
        DeviceException already = new DeviceException("already a sentence");
        assertSame(already, explained(already));
    }
}
