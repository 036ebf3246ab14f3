// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.compare.speed.Flops;
import dev.mixed.engine.Buffer;
import dev.mixed.engine.Device;
import dev.mixed.engine.Launch;
import dev.mixed.io.UserException;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What is set up to be compared on a GPU, of which no more than its names is needed. */
class AgainstTest {
    private final Device gpu = new Device() {
        @Override
        public String name() {
            return "gpu";
        }

        @Override
        public String hardware() {
            return "NVIDIA H100 80GB HBM3";
        }

        @Override
        protected Executable prepare(List<Launch> launches) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected void hostWrote(Buffer buffer) {
        }

        @Override
        protected void hostReads(Buffer buffer) {
        }
    };

    private Contenders contenders(String... options) {
        Against against = new Against();
        new CommandLine(against).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(options);
        return against.contenders(null, gpu, false, false);
    }

    @Test
    void libtorchIsRefusedOnAGpu() {
        String message = assertThrows(UserException.class, () -> contenders("--against", "libtorch")).getMessage();
        assertTrue(message.startsWith("--against libtorch: ") && message.endsWith("use --device jvm."), message);
    }

    @Test
    void theGpusPeakIsKnownWithoutPyTorch() {
        Contenders alone = contenders("--against", "none");
        assertEquals(List.of(), alone.notes());
        assertEquals(new Flops.Peak(66.9, 989.4), Flops.peakOf(alone.hardware()).orElseThrow());
    }
}
