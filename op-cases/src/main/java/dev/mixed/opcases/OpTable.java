// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import java.util.List;
import java.util.stream.Stream;

/** Every op of {@link dev.mixed.autograd.functional.F} with its cases, and what a GPU must compute beyond them: one table for all checks. */
public final class OpTable {
    private static final List<OpSpec> OPS = Stream.of(
            MatmulOps.all(), RowOps.all(), AttentionOps.all(), PackedOps.all(), FunctionOps.all(), ElementwiseOps.all(), ReductionOps.all(),
            EmbeddingOps.all(), LossOps.all(), ShapeOps.all()).flatMap(List::stream).toList();

    private OpTable() {
    }

    /** One row for each op. */
    public static List<OpSpec> ops() {
        return OPS;
    }

    /** Every kernel of the engine, over BERT's shapes and awkward ones, for a GPU against the JVM. */
    public static List<GpuCase> gpuCases() {
        return Stream.of(OPS.stream().flatMap(op -> op.gpuCases().stream()).toList(), FusedCases.all(), OptimizerCases.all(), selfChecks())
                .flatMap(List::stream).toList();
    }

    /** What a GPU computes otherwise that rounds the operands of matrix products to tf32, against the JVM. */
    public static List<GpuCase> tf32Cases() {
        return MatmulOps.tf32();
    }

    /** Small ones, one family each, of the kernels that training spends its time in, for {@link RotatingSelfCheck}. */
    public static List<GpuCase> selfChecks() {
        return Stream.concat(OPS.stream().flatMap(op -> op.selfChecks().stream()), OptimizerCases.selfChecks().stream()).toList();
    }
}
