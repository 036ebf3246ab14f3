// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.io.Brief;
import dev.mixed.io.FileDigest;
import dev.mixed.io.JsonFile;
import dev.mixed.io.UserException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where training stands, apart from tensors: what {@code training_state.json} holds.
 *
 * @param step   optimizer steps done so far
 * @param epoch  epochs completed
 * @param batch  batches of the current epoch already trained on
 * @param random the random state as named 64-bit numbers, for example seed and counter
 * @param extra  whatever else resuming needs, for example the loss scaler's state and the best score so far
 */
public record TrainingState(long step, int epoch, long batch, SequencedMap<String, Long> random, ObjectNode extra) {

    private static final int FORMAT = 1;

    public TrainingState {
        random = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(random));
        extra = extra.deepCopy();
    }

    /** @param files digests of the two tensor files that are saved with it */
    byte[] toJson(SortedMap<String, FileDigest> files) {
        ObjectNode json = JsonFile.object();
        json.put("format", FORMAT).put("step", step).put("epoch", epoch).put("batch", batch);
        ObjectNode numbers = json.putObject("random");
        random.forEach(numbers::put);
        json.set("extra", extra);
        ObjectNode digests = json.putObject("files");
        files.forEach((name, digest) -> digests.putObject(name).put("bytes", digest.bytes()).put("crc32c", digest.crc32c()));
        return JsonFile.bytes(json);
    }

    static TrainingState fromJson(String source, ObjectNode json) {
        long format = whole(source, json, "format", 0, Integer.MAX_VALUE);
        if (format != FORMAT) {
            throw new UserException("'" + source + "' has format " + format + " but this version of miXed reads format " + FORMAT
                    + "; resume with the version that wrote it.");
        }
        SequencedMap<String, Long> random = new LinkedHashMap<>();
        ObjectNode numbers = object(source, json, "random");
        numbers.properties().forEach(e -> random.put(e.getKey(), whole(source, numbers, e.getKey(), Long.MIN_VALUE, Long.MAX_VALUE)));
        return new TrainingState(whole(source, json, "step", 0, Long.MAX_VALUE), (int) whole(source, json, "epoch", 0, Integer.MAX_VALUE),
                whole(source, json, "batch", 0, Long.MAX_VALUE), random, object(source, json, "extra"));
    }

    /** The digests of the two tensor files that were saved together with {@code json}. */
    static Map<String, FileDigest> digests(String source, ObjectNode json) {
        Map<String, FileDigest> digests = new TreeMap<>();
        ObjectNode files = object(source, json, "files");
        for (String name : List.of(ModelFolder.MODEL, CheckpointFolder.STATE_TENSORS)) {
            if (!(files.get(name) instanceof ObjectNode node) || !node.path("crc32c").isTextual()) {
                throw malformed(source, "files." + name, "an object with bytes and crc32c");
            }
            digests.put(name, new FileDigest(whole(source, node, "bytes", 0, Long.MAX_VALUE), node.get("crc32c").textValue()));
        }
        return digests;
    }

    private static long whole(String source, ObjectNode json, String name, long least, long most) {
        JsonNode node = json.get(name);
        if (node == null || !node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < least || node.longValue() > most) {
            throw malformed(source, name, "a whole number" + (least == 0 ? " of at least 0" : ""));
        }
        return node.longValue();
    }

    private static ObjectNode object(String source, ObjectNode json, String name) {
        if (json.get(name) instanceof ObjectNode node) {
            return node;
        }
        throw malformed(source, name, "an object");
    }

    private static UserException malformed(String source, String name, String wanted) {
        return new UserException("'" + source + "' must have " + wanted + " as '" + Brief.of(name) + "'; restore the file or use another checkpoint.");
    }
}
