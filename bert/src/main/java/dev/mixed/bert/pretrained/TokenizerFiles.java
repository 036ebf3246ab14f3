// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.io.IoReason;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** The files of a tokenizer in memory, as folders of models hold them. */
public final class TokenizerFiles {
    private TokenizerFiles() {
    }

    /** The tokenizer of a model's folder, also where a kill left the files of a finished save on their way into it. */
    public static BertTokenizer load(Path folder) {
        return BertTokenizer.load(folder, name -> ModelFolder.locate(folder, name));
    }

    /** @param config of the model that the tokenizer belongs to, which tells the longest input */
    public static Map<String, byte[]> of(BertTokenizer tokenizer, BertConfig config) {
        return of(tokenizer, config.maxPositionEmbeddings());
    }

    /** @param maxLength the model's longest input in tokens */
    public static Map<String, byte[]> of(BertTokenizer tokenizer, int maxLength) {
        Map<String, byte[]> files = new TreeMap<>();
        try {
            Path folder = Files.createTempDirectory("mixed-tokenizer");
            try {
                tokenizer.save(folder, maxLength);
                for (String name : ModelFolder.TOKENIZER_FILES) {
                    Path file = folder.resolve(name);
                    if (Files.exists(file)) {
                        files.put(name, Files.readAllBytes(file));
                    }
                }
            } finally {
                for (String name : ModelFolder.TOKENIZER_FILES) {
                    Files.deleteIfExists(folder.resolve(name));
                }
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            throw new UserException("The tokenizer's files could not be written to the folder for temporary files (" + IoReason.of(e)
                    + "); make room there or name another folder with MIXED_JAVA_OPTS=-Djava.io.tmpdir=FOLDER.", e);
        }
        return files;
    }
}
