// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.io.IoReason;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Files of weights that a model may have in place of those that are read, each with what to do about it. */
final class OtherWeights {
    private static final List<OtherWeights> KINDS = List.of(
            new OtherWeights("adapter_model\\.(safetensors|bin)", "holds an adapter alone; merge it into its model (merge_and_unload in peft) and save that"),
            new OtherWeights("model\\.(?!safetensors)[\\w-]+\\.safetensors", "is a variant; rename it to model.safetensors if that is the one you mean"),
            new OtherWeights("pytorch_model\\.[\\w-]+\\.bin", "is a variant; rename it to pytorch_model.bin if that is the one you mean"),
            new OtherWeights("(model|pytorch_model)-\\d+-of-\\d+\\.(safetensors|bin)",
                    "is a part of a model, of which the index is missing; copy or download that too"),
            new OtherWeights("tf_model.*\\.h5|flax_model.*\\.msgpack|.*\\.ckpt.*|.*\\.(onnx|gguf|ot)",
                    "is not in a form that miXed reads; save the model with PyTorch as model.safetensors"));

    private final Pattern name;
    private final String remedy;

    private OtherWeights(String name, String remedy) {
        this.name = Pattern.compile(name);
        this.remedy = remedy;
    }

    /** A sentence's part on the first such file in {@code folder}, if there is one. */
    static Optional<String> in(Path folder) {
        try (Stream<Path> list = Files.list(folder)) {
            List<String> names = list.map(file -> file.getFileName().toString()).sorted().toList();
            return KINDS.stream().flatMap(kind -> names.stream().filter(n -> kind.name.matcher(n).matches()).map(n -> n + " " + kind.remedy)).findFirst();
        } catch (IOException e) {
            throw new UserException("'" + folder + "' cannot be read (" + IoReason.of(e) + "); check the path and its permissions.", e);
        }
    }
}
