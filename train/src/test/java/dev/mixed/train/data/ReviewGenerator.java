// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Writes the bundled reviews from a small grammar. A word alone does not give the class away: most reviews hold a negation, a contrast between two
 * aspects or a disappointed expectation, where words of the other class occur as often.
 *
 * <p>To write them anew: {@code java -cp train/target/test-classes dev.mixed.train.data.ReviewGenerator train/src/main/resources/dev/mixed/train/data/reviews}
 */
final class ReviewGenerator {
    private static final long SEED = 20260101;
    private static final int TRAIN = 2000;
    private static final int VALIDATION = 200;
    private static final int TEST = 200;

    private static final List<List<String>> ADJECTIVES = List.of(
            List.of("awful", "boring", "dull", "poor", "terrible", "disappointing", "bland", "dreadful", "tedious", "weak", "horrible", "dreary",
                    "annoying", "mediocre", "unpleasant", "forgettable", "messy", "lousy", "gloomy", "useless"),
            List.of("wonderful", "great", "lovely", "superb", "excellent", "charming", "delightful", "brilliant", "pleasant", "fantastic",
                    "impressive", "enjoyable", "perfect", "refreshing", "beautiful", "amazing", "memorable", "elegant", "stunning", "good"));
    private static final List<List<String>> VERBS = List.of(
            List.of("hated", "disliked", "regretted", "resented", "could not stand"),
            List.of("loved", "enjoyed", "admired", "adored", "treasured"));
    private static final List<List<String>> BARE_VERBS = List.of(
            List.of("hate", "dislike", "regret", "resent", "mind"),
            List.of("love", "enjoy", "admire", "like", "recommend"));
    private static final List<List<String>> OUTCOMES = List.of(
            List.of("I want my money back", "we left early", "I would stay away", "once was enough for me", "we will look elsewhere next time",
                    "nobody at our table smiled", "I gave up halfway"),
            List.of("I would come back any time", "we stayed longer than planned", "I have told all my friends", "we booked again right away",
                    "everyone at our table smiled", "it made my week", "I could not stop smiling"));

    /** A thing to review with its aspects. */
    private record Topic(String thing, List<String> aspects) {}

    private static final List<Topic> TOPICS = List.of(
            new Topic("restaurant", List.of("soup", "service", "menu", "dessert", "waiter", "wine list", "terrace")),
            new Topic("hotel", List.of("room", "breakfast", "reception", "view", "pool", "bed", "lobby")),
            new Topic("film", List.of("plot", "acting", "ending", "soundtrack", "dialogue", "camera work", "opening scene")),
            new Topic("book", List.of("first chapter", "prose", "translation", "story", "main character", "cover", "pacing")),
            new Topic("concert", List.of("singer", "sound", "light show", "drummer", "venue", "encore", "support act")),
            new Topic("museum", List.of("exhibition", "guide", "audio tour", "cafe", "gift shop", "garden", "sculpture hall")),
            new Topic("phone", List.of("screen", "battery", "camera", "speaker", "keyboard", "case", "software")),
            new Topic("course", List.of("teacher", "textbook", "homework", "final project", "lecture", "schedule", "classroom")),
            new Topic("train trip", List.of("seat", "conductor", "dining car", "scenery", "timetable", "compartment", "platform")),
            new Topic("play", List.of("stage design", "lead actor", "script", "costume work", "first act", "lighting", "cast")));
    private static final List<String> DISTRACTORS = List.of(
            "We went on a Tuesday with my sister.", "It took about two hours.", "My cousin paid for it.", "There were six of us.",
            "It was raining outside.", "We found it on a map.", "I wrote this on my way home.", "Our neighbours went there as well.",
            "It opened last spring.", "I had a voucher.", "This was our second visit this year.", "We sat near the door.",
            "My brother drove us there.", "I read about it in a newspaper.", "It was almost midnight.", "A colleague told me about it.",
            "We had two children with us.", "The whole thing cost twenty euros.", "I went alone this time.", "It is close to the station.");
    private static final List<String> INTENSIFIERS = List.of("", "", "", "really ", "quite ", "very ", "so ", "truly ", "rather ", "simply ");

    private final Random random = new Random(SEED);

    private ReviewGenerator() {}

    public static void main(String[] folder) throws IOException {
        ReviewGenerator generator = new ReviewGenerator();
        Set<String> seen = new HashSet<>();
        for (int split = 0; split < 3; split++) {
            Files.writeString(Path.of(folder[0], List.of("train.tsv", "validation.tsv", "test.tsv").get(split)),
                    generator.split(List.of(TRAIN, VALIDATION, TEST).get(split), seen));
        }
    }

    /** Half of the rows are of each class; no review occurs twice, in whatever split. */
    private String split(int rows, Set<String> seen) {
        StringBuilder tsv = new StringBuilder("label\ttext\n");
        for (int i = 0; i < rows; i++) {
            int label = i % 2;
            String text;
            do {
                text = review(label);
            } while (!seen.add(text));
            tsv.append(label == 0 ? "negative" : "positive").append('\t').append(text).append('\n');
        }
        return tsv.toString();
    }

    private String review(int label) {
        Topic topic = pick(TOPICS);
        int kind = random.nextInt(100);
        String core = kind < 45 ? plain(topic, label) : kind < 68 ? negated(topic, label) : kind < 85 ? contrast(topic, label) : expectation(topic, label);
        List<String> sentences = new ArrayList<>(List.of(core));
        if (random.nextInt(100) < 40) {
            sentences.add(random.nextInt(2), pick(DISTRACTORS));
        }
        String text = String.join(" ", sentences);
        return random.nextInt(5) == 0 ? text.toLowerCase(java.util.Locale.ROOT) : text;
    }

    private String plain(Topic topic, int label) {
        String aspect = pick(topic.aspects);
        return switch (random.nextInt(6)) {
            case 0 -> "The " + aspect + " was " + adjective(label) + ".";
            case 1 -> "I " + pick(VERBS.get(label)) + " the " + aspect + " of this " + topic.thing + ".";
            case 2 -> "What a" + article(pick(ADJECTIVES.get(label))) + " " + topic.thing + "!";
            case 3 -> "A" + article(pick(ADJECTIVES.get(label))) + " " + topic.thing + ", " + pick(OUTCOMES.get(label)) + ".";
            case 4 -> "The " + aspect + " was " + adjective(label) + " and " + pick(OUTCOMES.get(label)) + ".";
            default -> "This " + topic.thing + " has a" + article(pick(ADJECTIVES.get(label))) + " " + aspect + ".";
        };
    }

    private String negated(Topic topic, int label) {
        String aspect = pick(topic.aspects);
        String opposite = pick(ADJECTIVES.get(1 - label));
        return switch (random.nextInt(6)) {
            case 0 -> "The " + aspect + " was not " + opposite + " at all.";
            case 1 -> "The " + aspect + " was never " + opposite + ".";
            case 2 -> "I did not " + pick(BARE_VERBS.get(1 - label)) + " the " + aspect + ".";
            case 3 -> "Nothing about the " + aspect + " was " + opposite + ".";
            case 4 -> "Nobody could call this " + topic.thing + " " + opposite + ".";
            default -> "This " + topic.thing + " isn't " + opposite + ", " + pick(OUTCOMES.get(label)) + ".";
        };
    }

    private String contrast(Topic topic, int label) {
        String first = pick(topic.aspects);
        String second;
        do {
            second = pick(topic.aspects);
        } while (second.equals(first));
        return switch (random.nextInt(4)) {
            case 0 -> "The " + first + " was " + adjective(1 - label) + ", but the " + second + " was " + adjective(label) + ".";
            case 1 -> "Although the " + first + " was " + adjective(1 - label) + ", the " + second + " was " + adjective(label) + ".";
            case 2 -> "The " + first + " may be " + pick(ADJECTIVES.get(1 - label)) + ", yet " + pick(OUTCOMES.get(label)) + ".";
            default -> "Despite the " + pick(ADJECTIVES.get(1 - label)) + " " + first + ", " + pick(OUTCOMES.get(label)) + ".";
        };
    }

    private String expectation(Topic topic, int label) {
        String opposite = pick(ADJECTIVES.get(1 - label));
        return switch (random.nextInt(4)) {
            case 0 -> "I expected a" + article(opposite) + " " + topic.thing + " and got a" + article(pick(ADJECTIVES.get(label))) + " one.";
            case 1 -> "Friends called this " + topic.thing + " " + opposite + ", I found it " + adjective(label) + ".";
            case 2 -> "Last year the " + pick(topic.aspects) + " was " + opposite + ", now it is " + adjective(label) + ".";
            default -> "What used to be a" + article(opposite) + " " + topic.thing + " is now " + adjective(label) + ".";
        };
    }

    private String adjective(int label) {
        return pick(INTENSIFIERS) + pick(ADJECTIVES.get(label));
    }

    /** "n awful" or " dull": what follows the letter a. */
    private static String article(String word) {
        return ("aeio".indexOf(word.charAt(0)) >= 0 || word.startsWith("un") ? "n " : " ") + word;
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
