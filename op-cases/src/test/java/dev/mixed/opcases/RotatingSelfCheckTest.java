// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.ops.matmul.Matmul;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

class RotatingSelfCheckTest {
    @Test
    void familiesThatTrainingSpendsItsTimeInAreChecked() {
        List<String> families = OpTable.selfChecks().stream().map(c -> c.name().substring(0, c.name().indexOf(' '))).toList();
        assertEquals(List.of("matmul", "layer_norm", "attention", "gelu", "dropout", "embedding", "adamw"), families);
    }

    /** Each self-check passes on right kernels. */
    @Test
    void everySelfCheckPasses() {
        try (EmulatedGpu gpu = new EmulatedGpu()) {
            RotatingSelfCheck check = new RotatingSelfCheck();
            for (int i = 0; i <= OpTable.selfChecks().size(); i++) {
                check.run(gpu);
            }
        }
    }

    /** Each family's kernels are compiled ahead in the order in which they run, once. */
    @Test
    void compilesAheadWhatItRuns() {
        RotatingSelfCheck check = new RotatingSelfCheck();
        try (EmulatedGpu compiling = new EmulatedGpu(); EmulatedGpu gpu = new EmulatedGpu()) {
            for (int i = 0; i < OpTable.selfChecks().size(); i++) {
                int before = compiling.kernels().size();
                check.ahead(compiling);
                assertTrue(before < compiling.kernels().size(), "nothing was compiled ahead");
                check.run(gpu);
                assertEquals(new TreeSet<>(gpu.kernels()), new TreeSet<>(compiling.kernels()));
            }
            int all = compiling.kernels().size();
            check.ahead(compiling);
            assertEquals(all, compiling.kernels().size(), "all were compiled before");
        }
    }

    @Test
    void aWrongKernelIsFoundByTheSelfCheck() {
        Kernel zeros = Kernel.grid("zeros", RotatingSelfCheckTest::zeros);
        Lowering wrong = (program, at, out) -> {
            if (!program.is(at, Matmul.PRODUCT.f32())) {
                return 0;
            }
            Buffer product = program.get(at).arguments(Matmul.Arguments.class).c();
            out.launch(zeros).write(product).ints(product.elements()).over(Grid.of(1, 32));
            return 1;
        };
        try (EmulatedGpu gpu = new EmulatedGpu(List.of(wrong))) {
            String message = assertThrows(DeviceException.class, () -> new RotatingSelfCheck().run(gpu)).getMessage();
            assertTrue(message.startsWith("self-check: matmul on the GPU differs from its reference by 1.0e"), message);
        }
    }

    static void zeros(KernelContext context, FloatArray c, int n) {
        for (int i = context.globalIdx; i < n; i += 32) {
            c.set(i, 0f);
        }
    }
}
