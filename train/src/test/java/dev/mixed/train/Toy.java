// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.bert.tokenizer.Vocabulary;
import dev.mixed.engine.Device;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.SplittableRandom;

/** A task so small that a run takes a second: texts about weather and food in a TweetEval folder, and a model of a few thousand parameters. */
public final class Toy {
    /** Texts to train on; half are short, half are long, so that batches have two shapes. */
    public static final int TRAIN = 40;
    /** Texts in each of the other splits. */
    public static final int HELD_OUT = 12;

    private static final List<List<String>> TOPICS = List.of(
            List.of("rain", "sun", "cloud", "storm", "wind", "snow"),
            List.of("bread", "soup", "cake", "rice", "cheese", "apple"),
            List.of("train", "bus", "ship", "bike", "car", "plane"));
    private static final List<String> FILLERS = List.of("the", "a", "we", "saw", "and", "more", "today", "some");

    private Toy() {
    }

    /** Two classes, weather and food. */
    public static Path data(Path parent) {
        return data(parent, 2);
    }

    /** @param classes 2 or 3 */
    public static Path data(Path parent, int classes) {
        Path folder = parent.resolve("toy");
        try {
            Files.createDirectories(folder);
            split(folder, "train", TRAIN, classes, 1);
            split(folder, "val", HELD_OUT, classes, 2);
            split(folder, "test", HELD_OUT, classes, 3);
            Files.writeString(folder.resolve("mapping.txt"), "0\tweather\n1\tfood\n" + (classes == 3 ? "2\ttravel\n" : ""));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return folder;
    }

    private static void split(Path folder, String name, int texts, int classes, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        List<String> lines = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        for (int i = 0; i < texts; i++) {
            int label = i % classes;
            int words = i / classes % 2 == 0 ? 3 + random.nextInt(3) : 8 + random.nextInt(5);
            lines.add(text(random, label, words));
            labels.add(String.valueOf(label));
        }
        Files.write(folder.resolve(name + "_text.txt"), lines);
        Files.write(folder.resolve(name + "_labels.txt"), labels);
    }

    private static String text(SplittableRandom random, int label, int words) {
        List<String> text = new ArrayList<>();
        for (int i = 0; i < words; i++) {
            List<String> from = i % 2 == 0 ? FILLERS : TOPICS.get(label);
            text.add(from.get(random.nextInt(from.size())));
        }
        return String.join(" ", text);
    }

    /** A tokenizer that knows every word of the texts. */
    public static BertTokenizer tokenizer() {
        List<String> tokens = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"));
        TOPICS.forEach(tokens::addAll);
        tokens.addAll(FILLERS);
        return BertTokenizer.of(Vocabulary.of("toy", tokens));
    }

    /** One layer of hidden size 8, with dropout. */
    public static BertConfig config(List<String> labels) {
        return new BertConfig(tokenizerSize(), 8, 1, 2, 12, "gelu", 0.1, 0.1, OptionalDouble.empty(), 32, 2, 0.02, 1e-12, 0, labels,
                List.of("BertModel"), Map.of());
    }

    private static int tokenizerSize() {
        return 5 + TOPICS.stream().mapToInt(List::size).sum() + FILLERS.size();
    }

    /** Gives a word an embedding of this size: its layer norm makes it one like the others, unless a type does not hold it, or its square. */
    public static void overflowingWord(BertForSequenceClassification model, BertTokenizer tokenizer, String word, float size) {
        Tensor embeddings = Objects.requireNonNull(model.namedParameters().get(TensorNames.WORD_EMBEDDINGS), "BERT has word embeddings").data();
        float[] values = embeddings.toFloats();
        int hidden = model.config().hiddenSize();
        int row = tokenizer.vocabulary().tokens().indexOf(word);
        for (int i = 0; i < hidden; i++) {
            values[row * hidden + i] = i % 2 == 0 ? size : -size;
        }
        embeddings.write(values);
    }

    /** Saves a model of {@link #config} with random weights, to start runs from. */
    public static Path model(Path parent, List<String> labels) {
        Path folder = parent.resolve("toy-model");
        try (Device device = JvmDevice.open(1); BertTokenizer tokenizer = tokenizer()) {
            ModelFolder.save(folder,
                    ModelState.contents(new BertForSequenceClassification(config(labels), device, 7), TokenizerFiles.of(tokenizer, config(labels))));
        }
        return folder;
    }
}
