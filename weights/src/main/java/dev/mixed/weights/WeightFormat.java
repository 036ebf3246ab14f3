// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** The names under which a model's folder may hold its weights, in the order of preference, as {@code transformers} looks for them. */
public enum WeightFormat {
    SAFETENSORS("model.safetensors", SafetensorsFile::open),
    SHARDED_SAFETENSORS("model.safetensors.index.json", file -> ShardedWeights.open(file, SafetensorsFile::open)),
    TORCH("pytorch_model.bin", TorchFile::open),
    SHARDED_TORCH("pytorch_model.bin.index.json", file -> ShardedWeights.open(file, TorchFile::open));

    private final String fileName;
    private final Function<Path, WeightFile> reader;

    WeightFormat(String fileName, Function<Path, WeightFile> reader) {
        this.fileName = fileName;
        this.reader = reader;
    }

    /** The file, or the index of the files. */
    public String fileName() {
        return fileName;
    }

    /** Whether {@link #fileName} is an index that names further files. */
    public boolean isIndex() {
        return this == SHARDED_SAFETENSORS || this == SHARDED_TORCH;
    }

    /** Maps and checks the file, or those of the index. */
    public WeightFile open(Path file) {
        return reader.apply(file);
    }

    /** The format to read of those in a folder; {@code present} tells whether it has a file of a name. */
    public static Optional<WeightFormat> preferred(Predicate<String> present) {
        return Arrays.stream(values()).filter(f -> present.test(f.fileName)).findFirst();
    }

    /** All names, for messages. */
    public static List<String> fileNames() {
        return Arrays.stream(values()).map(WeightFormat::fileName).toList();
    }
}
