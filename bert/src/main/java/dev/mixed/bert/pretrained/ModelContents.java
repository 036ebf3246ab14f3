// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.io.AtomicFolder;
import dev.mixed.io.FileDigest;
import dev.mixed.weights.SafetensorsWriter;
import dev.mixed.weights.TensorSource;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything that the folder of a model stores.
 *
 * @param config         the bytes of {@code config.json}
 * @param tokenizerFiles the bytes of {@code vocab.txt} and, where there are any, the other files of {@link ModelFolder#TOKENIZER_FILES}
 * @param parameters     under their names in the module, which for BERT are Hugging Face's
 */
public record ModelContents(byte[] config, Map<String, byte[]> tokenizerFiles, List<TensorSource> parameters) {

    public ModelContents {
        tokenizerFiles = new TreeMap<>(tokenizerFiles);
        parameters = List.copyOf(parameters);
        for (String name : tokenizerFiles.keySet()) {
            if (!ModelFolder.TOKENIZER_FILES.contains(name)) {
                throw new IllegalArgumentException("'" + name + "' is not a tokenizer file");
            }
        }
    }

    /** Of a model that this configuration describes. */
    public ModelContents(BertConfig config, Map<String, byte[]> tokenizerFiles, List<TensorSource> parameters) {
        this(config.toJson(), tokenizerFiles, parameters);
    }

    /** Writes all files; gives size and checksum of the one with the weights. */
    public FileDigest writeTo(AtomicFolder.Save save) throws IOException {
        writeSmallFiles(save);
        return save.write(ModelFolder.MODEL, this::writeWeights);
    }

    /**
     * {@link #writeTo(AtomicFolder.Save)}, where these very weights have just been saved elsewhere: their file gets a second name, or is written once more
     * where the disk knows no such names.
     */
    public FileDigest writeTo(AtomicFolder.Save save, SavedWeights same) throws IOException {
        writeSmallFiles(save);
        return save.link(ModelFolder.MODEL, same.file(), same.digest(), this::writeWeights);
    }

    private void writeSmallFiles(AtomicFolder.Save save) throws IOException {
        save.write(ModelFolder.CONFIG, config);
        for (Map.Entry<String, byte[]> file : tokenizerFiles.entrySet()) {
            save.write(file.getKey(), file.getValue());
        }
    }

    private void writeWeights(FileDigest.Writer to) throws IOException {
        SafetensorsWriter.write(to, parameters, SafetensorsWriter.PYTORCH);
    }

    /** Bytes of all tensors: nearly the whole size on disk. */
    public long tensorBytes() {
        return parameters.stream().mapToLong(TensorSource::byteSize).sum();
    }
}
