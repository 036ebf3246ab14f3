package dev.mixed.bert.train;

import dev.mixed.bert.IoReason;
import dev.mixed.bert.UserException;
import dev.mixed.bert.checkpoint.CheckpointFolder;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.tokenizer.BertTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** The files of a tokenizer in memory, as checkpoints hold them. */
final class TokenizerFiles {
    private TokenizerFiles() {
    }

    /** The tokenizer of a model's folder, also where a kill left the files of a finished save on their way into it. */
    static BertTokenizer load(Path folder) {
        return BertTokenizer.load(CheckpointFolder.locate(folder, "tokenizer.json").orElse(folder));
    }

    /** @param config of the model that the tokenizer belongs to, which tells the longest input */
    static Map<String, byte[]> of(BertTokenizer tokenizer, BertConfig config) {
        Map<String, byte[]> files = new TreeMap<>();
        try {
            Path folder = Files.createTempDirectory("mixed-tokenizer");
            try {
                tokenizer.save(folder, config.maxPositionEmbeddings());
                for (String name : CheckpointFolder.TOKENIZER_FILES) {
                    Path file = folder.resolve(name);
                    if (Files.exists(file)) {
                        files.put(name, Files.readAllBytes(file));
                    }
                }
            } finally {
                for (String name : CheckpointFolder.TOKENIZER_FILES) {
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
