// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.mixed.io.UserException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Opens Hugging Face's native tokenizer from the jar alone: no download of a CUDA build, no telemetry. */
final class NativeTokenizers {
    static {
        // DJL downloads a CUDA build where it sees a GPU, and asks the EC2 metadata service before a telemetry call; all three
        // settings must stand before its classes load. DJL caches the library under ~/.djl.ai (DJL_CACHE_DIR moves it).
        setIfAbsent("ai.djl.offline", "true");
        setIfAbsent("OPT_OUT_TRACKING", "true");
        setIfAbsent("RUST_FLAVOR", "cpu");
    }

    private NativeTokenizers() {}

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /**
     * A tokenizer that adds special tokens and neither pads nor truncates.
     *
     * @param name what the messages call the JSON
     * @param json the content of a {@code tokenizer.json}
     */
    static HuggingFaceTokenizer open(String name, String json) {
        Map<String, String> options = Map.of("addSpecialTokens", "true", "padding", "do_not_pad", "truncation", "do_not_truncate");
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), options);
        } catch (UnsatisfiedLinkError | ai.djl.engine.EngineException | IllegalStateException e) {
            // DJL's own reason is misleading here: where the library cannot be unpacked, it goes on to a download that offline mode forbids.
            throw new UserException(
                    "The tokenizer's native library for %s %s cannot be unpacked into or loaded from %s; make room there, or set DJL_CACHE_DIR to another folder."
                            .formatted(System.getProperty("os.name"), System.getProperty("os.arch"), ai.djl.util.Utils.getEngineCacheDir()),
                    e);
        } catch (IOException | RuntimeException e) {
            throw new UserException(name + " is not a valid tokenizer (" + firstLine(e) + "); use the tokenizer.json or vocab.txt of a BERT model.", e);
        }
    }

    private static String firstLine(Throwable e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return message.lines().findFirst().orElse(message).strip();
    }
}
