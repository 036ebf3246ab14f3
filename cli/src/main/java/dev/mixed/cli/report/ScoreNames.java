// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

import java.util.Locale;
import java.util.Map;

/** Names of scores as people read them, of those that files have for them. */
public final class ScoreNames {
    private static final Map<String, String> WORDS = Map.of("f1", "F1", "mcc", "MCC", "roc", "ROC", "auc", "AUC", "mse", "MSE", "mae", "MAE", "r2", "R\u00b2",
            "pearson", "Pearson", "spearman", "Spearman", "mrr", "MRR");

    private ScoreNames() {
    }

    /** {@code macro-F1} for {@code macro_f1}. */
    public static String of(String name) {
        String[] words = name.toLowerCase(Locale.ROOT).split("_");
        StringBuilder text = new StringBuilder(WORDS.getOrDefault(words[0], words[0]));
        for (int i = 1; i < words.length; i++) {
            text.append(words[i].equals("f1") ? '-' : ' ').append(WORDS.getOrDefault(words[i], words[i]));
        }
        return text.toString();
    }
}
