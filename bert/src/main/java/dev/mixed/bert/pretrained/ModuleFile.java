// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.autograd.InputPolicy;
import dev.mixed.autograd.nn.Module;
import dev.mixed.engine.DType;
import dev.mixed.engine.Tensor;
import dev.mixed.io.AtomicFile;
import dev.mixed.io.IoReason;
import dev.mixed.io.UserException;
import dev.mixed.weights.SafetensorsFile;
import dev.mixed.weights.SafetensorsWriter;
import dev.mixed.weights.WeightFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Saves and loads the parameters of any module as safetensors, under the names of its {@link Module#stateDict()}. */
public final class ModuleFile {
    private ModuleFile() {
    }

    /**
     * Writes all parameters as F32 to {@code file}, which is replaced where it exists. A {@link UserException} tells why it can't, or which parameter
     * has become NaN or infinite.
     */
    public static void save(Path file, Module module) {
        try {
            AtomicFile.write(file, out -> SafetensorsWriter.write(out, FiniteWeights.sources(module.stateDict()), SafetensorsWriter.PYTORCH));
        } catch (IOException e) {
            throw new UserException(
                    "Cannot write '" + file + "' (" + IoReason.of(e) + "); check that its folder exists, its permissions and the space on the disk.",
                    e);
        }
    }

    /**
     * Replaces the module's parameters with those of the same names, of any float type.
     *
     * @param path a safetensors file, or the folder of a saved model
     * @throws UserException if names or shapes differ, in one sentence that lists all that do; then nothing was replaced. Also where an element is NaN, infinite or beyond float
     */
    public static void load(Path path, Module module) {
        if (Files.isDirectory(path)) {
            try (ModelFolder folder = ModelFolder.openModule(path)) {
                load(folder.weights(), module);
            }
        } else {
            try (SafetensorsFile file = SafetensorsFile.open(path)) {
                load(file, module);
            }
        }
    }

    /** {@link #load(Path, Module)} of an open file. */
    public static void load(WeightFile file, Module module) {
        Map<String, Tensor> state = module.stateDict();
        requireFit(file, state);
        InputPolicy.current().parametersChanged();
        state.forEach((name, tensor) -> read(file, name, tensor));
    }

    private static void read(WeightFile file, String name, Tensor tensor) {
        if (tensor.dtype() == DType.F32) {
            tensor.writeInPlace(target -> FiniteWeights.read(file, name, target));
        } else {
            float[] values = new float[tensor.shape().elements()];
            FiniteWeights.read(file, name, MemorySegment.ofArray(values));
            tensor.write(values);
        }
    }

    private static void requireFit(WeightFile file, Map<String, Tensor> state) {
        SequencedMap<String, List<Integer>> expected = new LinkedHashMap<>();
        state.forEach((name, tensor) -> expected.put(name, TensorSources.shape(tensor)));
        CheckpointFit.check(file, expected, name -> false);
    }
}
