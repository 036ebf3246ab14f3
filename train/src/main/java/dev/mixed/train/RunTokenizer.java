// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.bert.tokenizer.WordPieceVocabularyBuilder;
import dev.mixed.io.UserException;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.run.RunOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** The tokenizer of a run: that of what it starts from, that of its options, or one made of its texts. */
final class RunTokenizer {
    private RunTokenizer() {
    }

    /**
     * Opens it, refuses options that contradict it, and notes what a user should know of it.
     *
     * @param dataset asked for where a vocabulary is made of its texts
     */
    static BertTokenizer open(RunOptions options, RunOrigin origin, Supplier<Dataset> dataset, List<String> notes) {
        BertTokenizer tokenizer = find(options, origin, dataset, notes);
        if (options.model().cased() && tokenizer.lowerCases() || options.model().uncased() && !tokenizer.lowerCases()) {
            boolean lower = tokenizer.lowerCases();
            tokenizer.close();
            throw new UserException("--%s contradicts the tokenizer, which %s; leave the option out, or change \"do_lower_case\" in its tokenizer_config.json."
                    .formatted(options.model().cased() ? "cased" : "uncased", lower ? "lower-cases texts" : "keeps their case"));
        }
        notes.addAll(tokenizer.notices());
        if (origin.resumed() == null && !options.model().uncased()) {
            tokenizer.capitalsNotice().ifPresent(notice -> notes.add(options.model().vocab() == null ? notice + "." : notice + ", or give --cased."));
        }
        tokenizer.maxLength().ifPresent(longest -> {
            if (longest < options.batches().length()) {
                notes.add("--length %d is above the tokenizer's model_max_length, %d.".formatted(options.batches().length(), longest));
            }
        });
        return tokenizer;
    }

    private static BertTokenizer find(RunOptions options, RunOrigin origin, Supplier<Dataset> dataset, List<String> notes) {
        if (origin.resumed() != null) {
            return TokenizerFiles.load(origin.resumed().last());
        }
        Path vocab = options.model().vocab();
        if (vocab != null) {
            return BertTokenizer.isBareVocabulary(vocab) ? BertTokenizer.fromVocab(vocab, !options.model().cased()) : BertTokenizer.load(vocab);
        }
        if (origin.source() != null) {
            return TokenizerFiles.load(origin.source());
        }
        boolean lowerCase = !options.model().cased();
        BertTokenizer built = BertTokenizer.of(WordPieceVocabularyBuilder.build(Dataset.allTexts(dataset.get().train()), lowerCase), lowerCase);
        notes.add("No --vocab was given: a WordPiece vocabulary of " + built.vocabSize() + " entries was built from the training texts.");
        return built;
    }
}
