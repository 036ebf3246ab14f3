// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.optimizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.Lowered;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Many parameters in one launch, against the reference kernels' launch for each. */
class OptimLoweringTest {
    /** More tensors than any one launch takes, of awkward sizes. */
    private static final int[] SIZES = {1, 13, 4098, 207, 8193, 4096, 5, 77, 1, 2, 300, 9000, 64, 65, 1, 1, 31, 33, 4097, 100};

    private static List<Tensor> tensors(Device device, int count, long seed) {
        return new ArrayList<>(IntStream.range(0, count).mapToObj(i -> Lowered.normal(device, DType.F32, seed + i, SIZES[i])).toList());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 9, 20})
    void adamwSteps(int count) {
        for (boolean scaled : new boolean[] {false, true}) {
            List<String> expected = new ArrayList<>(List.of("gpu.prepare_adamw", "gpu.adamw.f32"));
            if (count > 3) {
                expected.add("gpu.prepare_adamw");
                expected.addAll(Collections.nCopies(Math.ceilDiv(count - 3, 4), "gpu.adamw.f32"));
            }
            assertEquals(expected, adamw(GpuTarget.PLAIN, count, scaled));
        }
    }

    /** All parameters of both groups in one launch, with the numbers of the reference kernel, bit for bit. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 20})
    void adamwStepsOfAllParameters(int count) {
        for (boolean scaled : new boolean[] {false, true}) {
            List<String> expected = new ArrayList<>(Collections.nCopies(Math.ceilDiv(4 * count, 16), "wide.addresses"));
            expected.addAll(List.of("gpu.prepare_adamw", "wide.adamw.f32"));
            assertEquals(expected, adamw(GpuTarget.TURING, count, scaled));
        }
    }

    private static List<String> adamw(GpuTarget target, int count, boolean scaled) {
        return Lowered.check(target, d -> {
            List<Tensor> params = tensors(d, count, 1);
            List<Tensor> grads = tensors(d, count, 100);
            List<Tensor> ms = tensors(d, count, 200);
            List<Tensor> vs = IntStream.range(0, count).mapToObj(i -> Tensor.zeros(d, Shape.of(SIZES[i]), DType.F32)).toList();
            Tensor lr = Tensor.of(d, Shape.of(1), 0.01f);
            Tensor step = Tensor.ofInts(d, Shape.of(1), 3);
            Tensor scale = Tensor.of(d, Shape.of(1), 0.5f);
            Tensor found = Tensor.zeros(d, Shape.of(1), DType.F32);
            return () -> {
                for (int i = 0; i < count; i++) {
                    Optim.adamw(params.get(i), grads.get(i), ms.get(i), vs.get(i), lr, step, scaled ? scale : null, scaled ? found : null, 0.9f, 0.999f,
                            1e-8f, i < 3 ? 0.01f : 0f);
                }
                List<Tensor> all = new ArrayList<>(params);
                all.addAll(ms);
                all.addAll(vs);
                return all;
            };
        }, 0);
    }

    @Test
    void nothingChangesAfterAnInfinity() {
        nothingChanges(GpuTarget.PLAIN);
        nothingChanges(GpuTarget.TURING);
    }

    private static void nothingChanges(GpuTarget target) {
        Lowered.check(target, d -> {
            List<Tensor> params = tensors(d, 5, 1);
            Tensor lr = Tensor.of(d, Shape.of(1), 0.01f);
            Tensor step = Tensor.ofInts(d, Shape.of(1), 1);
            Tensor found = Tensor.of(d, Shape.of(1), 1f);
            List<Tensor> others = IntStream.range(0, 15).mapToObj(i -> Tensor.zeros(d, Shape.of(SIZES[i % 5]), DType.F32)).toList();
            return () -> {
                for (int i = 0; i < 5; i++) {
                    Optim.adamw(params.get(i), others.get(i), others.get(5 + i), others.get(10 + i), lr, step, null, found, 0.9f, 0.999f, 1e-8f, 0.1f);
                }
                return params;
            };
        }, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 20})
    void unscaledGradientsAndWhatWasFound(int count) {
        for (float odd : new float[] {0f, Float.POSITIVE_INFINITY, Float.NaN}) {
            for (int where : new int[] {0, count - 1}) {
                List<String> ran = Lowered.check(d -> {
                    List<Tensor> grads = tensors(d, count, 1);
                    float[] last = grads.get(where).toFloats();
                    last[last.length - 1] = odd;
                    grads.get(where).write(last);
                    Tensor factor = Tensor.of(d, Shape.of(1), 0.25f);
                    Tensor found = Tensor.zeros(d, Shape.of(1), DType.F32);
                    return () -> {
                        LossScaling.unscale(grads, factor, found);
                        List<Tensor> all = new ArrayList<>(grads);
                        all.add(found);
                        return all;
                    };
                }, 0);
                List<String> expected = new ArrayList<>(List.of("gpu.fill.f32"));
                expected.addAll(Collections.nCopies(Math.ceilDiv(count, OptimGrid.UNSCALED), "gpu.unscale.f32"));
                expected.add("gpu.any");
                assertEquals(expected, ran);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "75, 1", "0, 20", "75, 20"})
    void checkedGradientsAndTheirNorm(int computeCapability, int count) {
        for (float odd : new float[] {0f, 70000f, Float.NEGATIVE_INFINITY, Float.NaN}) {
            for (int where : new int[] {0, count - 1}) {
                List<String> ran = Lowered.check(new GpuTarget("cuda", computeCapability), d -> {
                    List<Tensor> grads = tensors(d, count, 1);
                    float[] last = grads.get(where).toFloats();
                    last[last.length - 1] = odd;
                    grads.get(where).write(last);
                    Tensor factor = Tensor.of(d, Shape.of(1), 0.3f);
                    Tensor found = Tensor.zeros(d, Shape.of(1), DType.F32);
                    return () -> {
                        Tensor norm = LossScaling.check(grads, Collections.nCopies(count, 65519.5f), factor, found);
                        List<Tensor> all = new ArrayList<>(grads);
                        all.add(found);
                        all.add(norm);
                        return all;
                    };
                }, 1e-6);
                List<String> expected = new ArrayList<>(Collections.nCopies(2, computeCapability == 0 ? "gpu.fill.f32" : "wide.fill.f32"));
                if (computeCapability == 0) {
                    expected.addAll(Collections.nCopies(count, "gpu.check_gradients.f32"));
                } else {
                    expected.addAll(Collections.nCopies(Math.ceilDiv(count, 16), "wide.addresses"));
                    expected.add("wide.check_gradients.f32");
                }
                expected.addAll(List.of("gpu.any", "gpu.root_of_sum"));
                assertEquals(expected, ran);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 17, 20})
    void norms(int count) {
        List<String> ran = Lowered.check(d -> {
            List<Tensor> grads = tensors(d, count, 1);
            return () -> List.of(Optim.sumOfSquares(grads), Optim.norm(grads));
        }, 1e-5);
        assertEquals(0, ran.stream().filter(kernel -> !kernel.startsWith("gpu.")).count(), ran::toString);
    }
}
