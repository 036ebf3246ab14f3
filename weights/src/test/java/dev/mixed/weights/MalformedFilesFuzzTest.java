// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random damage to every kind of file that weights come in; safetensors have {@link SafetensorsFuzzTest}. Always a valid read or one error:
 * no crash, no hang, no more memory than the file warrants, and nothing run.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MalformedFilesFuzzTest {

    private static TorchWriter state() {
        return new TorchWriter().floats("0", 0, 1, 2, 3, 4, 5)
                .view("bert.a.weight", "0", 0, List.of(2, 3), List.of(3L, 1L))
                .view("bert.a.transposed", "0", 0, List.of(3, 2), List.of(1L, 3L))
                .parameter("bert.b", "0", List.of(6))
                .storage("1", "BFloat16Storage", 2, new byte[8]).view("c", "1", 1, List.of(3), List.of(1L))
                .storage("2", "LongStorage", 8, new byte[16]).view("position_ids", "2", 0, List.of(1, 2), List.of(2L, 1L));
    }

    private static List<byte[]> pickleTokens() {
        List<byte[]> tokens = new ArrayList<>(Mutations.texts("cos\nsystem\n", "cbuiltins\neval\n", "ctorch._utils\n_rebuild_tensor_v2\n",
                "ctorch\nFloatStorage\n", "ccollections\nOrderedDict\n", "X\4\0\0\0echo", "\u0000\u0000", "(", ")", "t", "R", "b", "Q", "u", "s", "e", "a", "}",
                "]",
                "N", ".", "h\0", "q\0", "0", "K\1", "PK", "archive/data/0", "archive/data.pkl"));
        tokens.add(new byte[] {(byte) 0x80, 2});
        tokens.add(new byte[] {(byte) 0x81});
        tokens.add(new byte[] {(byte) 0x93});
        tokens.add(new byte[] {(byte) 0x8a, 8, -1, -1, -1, -1, -1, -1, -1, 127});
        tokens.add(new byte[] {'J', -1, -1, -1, 127});
        tokens.add(new byte[] {'X', -1, -1, -1, 127});
        tokens.add(new byte[] {'r', -1, -1, -1, -1});
        tokens.add(new byte[] {-1, -1, -1, -1, -1, -1, -1, 127});
        return tokens;
    }

    private static void torch(byte[] bytes) {
        WeightFile file = TorchFile.of("fuzz", MemorySegment.ofArray(bytes));
        for (TensorInfo info : file.tensors().values()) {
            if (info.type().isFloat()) {
                assertEquals(info.elements(), file.floats(info.name()).length);
            }
        }
    }

    @Test
    void zipFilesOfTorch() {
        byte[] zip = state().zip();
        torch(zip);
        new Mutations(pickleTokens()).run(List.of(zip), "'fuzz'", 100_000, MalformedFilesFuzzTest::torch);
    }

    @Test
    void legacyFilesOfTorch() {
        byte[] legacy = state().legacy();
        torch(legacy);
        new Mutations(pickleTokens()).run(List.of(legacy), "'fuzz'", 100_000, MalformedFilesFuzzTest::torch);
    }

    @Test
    void indexesOfShards(@TempDir Path folder) throws Exception {
        Map<Path, byte[]> shards = Map.of(
                folder.resolve("a.safetensors"), SafetensorsBytes.of(List.of(TensorSource.floats("bert.a", List.of(2), () -> new float[] {1, 2}),
                        TensorSource.floats("bert.b", List.of(1), () -> new float[] {3}))),
                folder.resolve("b.safetensors"), SafetensorsBytes.of(List.of(TensorSource.floats("bert.c", List.of(1), () -> new float[] {4}))));
        Path index = folder.resolve("model.safetensors.index.json");
        String json = "{\"metadata\": {\"total_size\": 16}, \"weight_map\": {\"bert.a\": \"a.safetensors\", \"bert.b\": \"a.safetensors\", \"bert.c\": \"b.safetensors\"}}";
        List<byte[]> tokens = Mutations.texts("\"", "{", "}", "[", "]", ",", ":", "../", "/", "..", "\\u0000", "\0", "a.safetensors", "b.safetensors", "bert.a",
                "bert.c",
                "model.safetensors.index.json", "weight_map", "null", "0", " ", "{\"a\":{\"a\":");
        new Mutations(tokens).run(List.of(json.getBytes(StandardCharsets.UTF_8)), folder.toString(), 300_000, bytes -> {
            Files.write(index, bytes);
            try (WeightFile weights = ShardedWeights.open(index, file -> {
                assertEquals(folder, file.normalize().getParent(), "a shard outside the folder was asked for");
                return shards.containsKey(file) ? SafetensorsFile.of(file.toString(), MemorySegment.ofArray(shards.get(file))) : SafetensorsFile.open(file);
            })) {
                for (String name : weights.tensors().keySet()) {
                    weights.floats(name);
                }
            }
        });
    }
}
