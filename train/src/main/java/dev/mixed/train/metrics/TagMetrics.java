// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Scores of predicted tags. Of tags that spell {@linkplain Entities entities}, an entity is right if its type and all its words are, as seqeval counts;
 * of others, such as parts of speech, each word is.
 */
public final class TagMetrics implements Scores {
    /** Names of the scores that a run of entities follows. */
    public static final List<String> OF_ENTITIES = List.of("accuracy", "precision", "recall", "f1");
    /** Names of the scores that a run of other tags follows. */
    public static final List<String> OF_WORDS = List.of("macro_f1", "accuracy");

    /**
     * Counts of one type of entities, or of one tag.
     *
     * @param right     found rightly
     * @param predicted found
     * @param support   that are there
     */
    public record Counts(int right, int predicted, int support) {
        static final Counts NONE = new Counts(0, 0, 0);

        Counts plus(Counts other) {
            return new Counts(right + other.right, predicted + other.predicted, support + other.support);
        }

        /** Share of those found that are right; 0 if none was found. */
        public double precision() {
            return predicted == 0 ? 0 : (double) right / predicted;
        }

        /** Share of those there that were found; 0 if there is none. */
        public double recall() {
            return support == 0 ? 0 : (double) right / support;
        }

        /** Harmonic mean of precision and recall. */
        public double f1() {
            return predicted + support == 0 ? 0 : 2.0 * right / (predicted + support);
        }
    }

    private final boolean entities;
    private final int total;
    private final double accuracy;
    private final SequencedMap<String, Counts> types;

    private TagMetrics(boolean entities, int total, double accuracy, SequencedMap<String, Counts> types) {
        this.entities = entities;
        this.total = total;
        this.accuracy = accuracy;
        this.types = types;
    }

    /**
     * Scores of predictions.
     *
     * @param entities  whether tags spell entities
     * @param truth     the tags of each text
     * @param predicted the same number of tags for each
     * @throws IllegalArgumentException when there is no text, or the lengths differ
     */
    public static TagMetrics of(boolean entities, List<List<String>> truth, List<List<String>> predicted) {
        if (truth.isEmpty() || truth.size() != predicted.size()) {
            throw new IllegalArgumentException("metrics need as many predictions as texts and at least one: " + truth.size() + " texts, " + predicted.size()
                    + " predictions");
        }
        Map<String, Counts> types = new TreeMap<>();
        int words = 0;
        int right = 0;
        for (int i = 0; i < truth.size(); i++) {
            List<String> there = truth.get(i);
            List<String> said = predicted.get(i);
            if (there.size() != said.size()) {
                throw new IllegalArgumentException("text " + i + " has " + there.size() + " tags and " + said.size() + " predicted ones");
            }
            words += there.size();
            for (int w = 0; w < there.size(); w++) {
                boolean same = there.get(w).equals(said.get(w));
                right += same ? 1 : 0;
                if (!entities) {
                    types.merge(there.get(w), new Counts(same ? 1 : 0, 0, 1), Counts::plus);
                    types.merge(said.get(w), new Counts(0, 1, 0), Counts::plus);
                }
            }
            if (entities) {
                count(Entities.of(there), Entities.of(said), types);
            }
        }
        return new TagMetrics(entities, truth.size(), words == 0 ? 0 : (double) right / words, new LinkedHashMap<>(types));
    }

    private static void count(List<Entities.Entity> there, List<Entities.Entity> said, Map<String, Counts> types) {
        Set<Entities.Entity> known = new HashSet<>(there);
        there.forEach(entity -> types.merge(entity.type(), new Counts(0, 0, 1), Counts::plus));
        said.forEach(entity -> types.merge(entity.type(), new Counts(known.contains(entity) ? 1 : 0, 1, 0), Counts::plus));
    }

    /** Number of texts. */
    @Override
    public int total() {
        return total;
    }

    /** Whether entities are counted, rather than tags of words. */
    public boolean isOfEntities() {
        return entities;
    }

    /** The types of entities, or the tags, in alphabetical order. */
    public SequencedMap<String, Counts> types() {
        return new LinkedHashMap<>(types);
    }

    /** Share of words whose tag is right. */
    public double accuracy() {
        return accuracy;
    }

    /** All types counted together. */
    public Counts together() {
        return types.values().stream().reduce(Counts.NONE, Counts::plus);
    }

    private double macroF1() {
        return types.values().stream().mapToDouble(Counts::f1).average().orElse(0);
    }

    @Override
    public SequencedMap<String, Double> followed() {
        SequencedMap<String, Double> scores = new LinkedHashMap<>();
        if (entities) {
            scores.put("accuracy", accuracy);
            scores.put("precision", together().precision());
            scores.put("recall", together().recall());
            scores.put("f1", together().f1());
        } else {
            scores.put("macro_f1", macroF1());
            scores.put("accuracy", accuracy);
        }
        return scores;
    }

    /** {@link #followed()} and the averages over types: each counts the same, or as much as it occurs. */
    @Override
    public SequencedMap<String, Double> all() {
        SequencedMap<String, Double> scores = followed();
        int support = together().support();
        scores.put("macro_precision", types.values().stream().mapToDouble(Counts::precision).average().orElse(0));
        scores.put("macro_recall", types.values().stream().mapToDouble(Counts::recall).average().orElse(0));
        scores.put("macro_f1", macroF1());
        scores.put("weighted_f1", support == 0 ? 0 : types.values().stream().mapToDouble(c -> c.f1() * c.support()).sum() / support);
        return scores;
    }

    /** Names of {@link #all()}, for tags of entities or others. */
    public static List<String> all(boolean entities) {
        List<String> averages = List.of("macro_precision", "macro_recall", "macro_f1", "weighted_f1");
        return Stream.concat((entities ? OF_ENTITIES : OF_WORDS).stream(), averages.stream()).distinct().toList();
    }

    @Override
    public String main() {
        return entities ? "f1" : "accuracy";
    }
}
