// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.io.UserException;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.TrainingData;
import dev.mixed.train.data.TrainingData.Origin;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The texts that a model is scored on, and what is known of them.
 *
 * @param texts   the texts
 * @param known   how many of them the run held out, how many are new to it, and how many were left out since it had learned them or was chosen on them;
 *                empty where that can't be told, or where the user has asked for texts that the model has learned
 * @param notes   sentences for the user
 */
record ScoredTexts(List<LabeledText> texts, Optional<Known> known, List<String> notes) {
    /**
     * Numbers of texts.
     *
     * @param heldOut     by the run that made the model, and scored
     * @param alsoLearned how many of these the model has learned nevertheless, since the splits that the user gave have them twice
     * @param unseen      by that run, and scored
     * @param leftOut     that it learned or was chosen on
     */
    record Known(int heldOut, int alsoLearned, int unseen, int leftOut) {
    }

    /** Of texts about which nothing is known, with what to say of that. */
    static ScoredTexts untold(List<LabeledText> texts, String... notes) {
        return new ScoredTexts(texts, Optional.empty(), List.of(notes));
    }

    /** Those that a run put in one of its splits, whatever has become of the file since. */
    static ScoredTexts of(Origin split, List<LabeledText> all, TrainingData run, String data, String splitName) {
        List<LabeledText> texts = all.stream().filter(text -> run.origin(text) == split).toList();
        if (texts.isEmpty()) {
            throw new UserException("None of the " + all.size() + " texts of " + data + " is a " + splitName
                    + " text of the run that made the model; choose another --split, or leave it out.");
        }
        List<String> notes = new ArrayList<>();
        int unseen = (int) all.stream().filter(text -> run.origin(text) == Origin.NEW).count();
        if (unseen > 0) {
            notes.add(unseen + " of the " + all.size() + " texts of " + data + " are new to the model: they belong to no split of its run, and are left out.");
        }
        return split == Origin.TEST ? new ScoredTexts(texts, Optional.of(new Known(texts.size(), 0, 0, all.size() - texts.size() - unseen)), notes)
                : new ScoredTexts(texts, Optional.empty(), notes);
    }

    /**
     * Those that the model has neither learned nor been chosen on: held out by its run, or new to it.
     *
     * @param given whether they are a split that the user made, which is scored whole though the model may have learned some of it from another split
     */
    static ScoredTexts heldOut(List<LabeledText> all, TrainingData run, String data, boolean given) {
        Map<Origin, Integer> counts = new EnumMap<>(Origin.class);
        List<LabeledText> texts = new ArrayList<>();
        int both = 0;
        for (LabeledText text : all) {
            boolean twice = run.origin(text) == Origin.TEST && run.learned(text);
            Origin origin = twice && !given ? Origin.TRAIN : run.origin(text);
            counts.merge(origin, 1, Integer::sum);
            if (origin == Origin.TEST || origin == Origin.NEW) {
                texts.add(text);
                both += twice ? 1 : 0;
            }
        }
        int learned = counts.getOrDefault(Origin.TRAIN, 0);
        int chosenOn = counts.getOrDefault(Origin.VALIDATION, 0);
        int heldOut = counts.getOrDefault(Origin.TEST, 0);
        int unseen = counts.getOrDefault(Origin.NEW, 0);
        if (texts.isEmpty()) {
            throw new UserException(
                    "The model has learned " + learned + " of the " + all.size() + " texts of " + data + ", and its epoch was chosen on the other "
                            + chosenOn + ": none is held out; give other texts, or score those that it has learned with --split train.");
        }
        List<String> notes = new ArrayList<>();
        if (learned + chosenOn > 0) {
            notes.add("The model was trained on texts of " + data + ": " + learned + " that it learned and " + chosenOn
                    + " that its epoch was chosen on are left out. Scored are " + heldOut + " that training held out, and " + unseen + " that are new to it.");
        } else if (heldOut == 0) {
            notes.add("All " + unseen + " texts of " + data + " are new to the model.");
        } else if (unseen > 0) {
            notes.add("Of the texts of " + data + ", training held out " + heldOut + ", and " + unseen + " are new to the model; all are scored.");
        }
        if (both > 0) {
            notes.add(both + " of the " + heldOut + " texts that were to be held out are also among those that the model has learned; they are scored all the"
                    + " same, as in training.");
        }
        return new ScoredTexts(texts, Optional.of(new Known(heldOut, both, unseen, learned + chosenOn)), notes);
    }
}
