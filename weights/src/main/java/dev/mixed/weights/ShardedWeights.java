// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import dev.mixed.io.JsonFile;
import dev.mixed.io.UserException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Weights in several files, with an index that says which tensor is where: {@code model.safetensors.index.json} or
 * {@code pytorch_model.bin.index.json}, whose {@code weight_map} maps names of tensors to names of files in the same folder.
 */
public final class ShardedWeights implements WeightFile {
    /** The largest public models have some hundred. */
    private static final int MAX_FILES = 10_000;

    /** How one of the files is opened. */
    interface Opener {
        WeightFile open(Path file);
    }

    private final String index;
    private final Map<String, WeightFile> shards = new LinkedHashMap<>();
    private final Map<String, WeightFile> owners = new HashMap<>();
    private final SequencedMap<String, TensorInfo> tensors = new LinkedHashMap<>();

    private ShardedWeights(String index) {
        this.index = index;
    }

    /** Opens every file of the index; a {@link UserException} says what is missing or contradicts it. */
    static ShardedWeights open(Path path, Opener opener) {
        ShardedWeights weights = new ShardedWeights(path.toString());
        SequencedMap<String, String> map = weights.weightMap(JsonFile.read(path));
        try {
            for (String file : new LinkedHashSet<>(map.values())) {
                weights.shards.put(file, opener.open(path.resolveSibling(file)));
            }
            map.forEach(weights::add);
            return weights;
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /** The names of the files that an index refers to, all of them plain names. */
    public static Set<String> files(String source, ObjectNode json) {
        return new LinkedHashSet<>(new ShardedWeights(source).weightMap(json).values());
    }

    private SequencedMap<String, String> weightMap(ObjectNode json) {
        if (!(json.get("weight_map") instanceof ObjectNode node) || node.isEmpty()) {
            throw damaged("it must have an object 'weight_map' of names of tensors and files");
        }
        SequencedMap<String, String> map = new LinkedHashMap<>();
        Set<String> files = new LinkedHashSet<>();
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            String file = entry.getValue().isTextual() ? entry.getValue().textValue() : "";
            // The name is the file's author's choice: it must not lead out of the folder.
            if (!file.matches("[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}")) {
                throw damaged("its tensor '" + Brief.of(entry.getKey()) + "' must be in a file of this folder, not in "
                        + Brief.of(entry.getValue().toString()));
            }
            map.put(entry.getKey(), file);
            files.add(file);
        }
        if (files.size() > MAX_FILES) {
            throw damaged("it names " + files.size() + " files, more than the " + MAX_FILES + " that miXed opens");
        }
        return map;
    }

    private void add(String name, String file) {
        WeightFile shard = Objects.requireNonNull(shards.get(file), "every file of the index is open");
        TensorInfo info = shard.tensors().get(name);
        if (info == null) {
            throw damaged("its tensor '" + Brief.of(name) + "' is not in '" + file + "'");
        }
        tensors.put(name, info);
        owners.put(name, shard);
    }

    @Override
    public String file() {
        return index;
    }

    @Override
    public SequencedMap<String, TensorInfo> tensors() {
        return Collections.unmodifiableSequencedMap(tensors);
    }

    @Override
    public void readFloats(String name, MemorySegment target) {
        info(name);
        Objects.requireNonNull(owners.get(name), "every tensor is in a file").readFloats(name, target);
    }

    @Override
    public void close() {
        shards.values().forEach(WeightFile::close);
    }

    private UserException damaged(String what) {
        return new UserException("'" + index + "' is not a valid index of weights: " + what + "; download or save the model again.");
    }
}
