// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.Messages;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of classes, as transformers 5.18 reads them, or one sentence. */
class LabelMapTest {
    private static final String BERT = "{\"vocab_size\": 9, \"hidden_size\": 4, \"num_hidden_layers\": 1, \"num_attention_heads\": 2, \"intermediate_size\": 5, ";

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
        "\"id2label\": {\"0\": \"B-D\", \"1\": \"I-D\", \"2\": \"0\"}, \"label2id\": {\"B-D\": 0, \"I-D\": 1, \"O\": 2}; B-D,I-D,0",
        "\"id2label\": {\"0\": \"a\", \"1\": \"b\"}, \"label2id\": {\"a\": \"0\", \"b\": \"1\"}; a,b",
        "\"id2label\": {\"0\": \"a\", \"1\": \"b\"}, \"label2id\": {\"a\": 1, \"b\": 0}; a,b",
        "\"id2label\": {\"0\": \"a\", \"1\": \"b\"}, \"label2id\": 7; a,b",
        "\"id2label\": {\"0\": \"a\", \"1\": \"b\"}, \"label2id\": {}; a,b",
        "\"id2label\": {\"0\": 0, \"1\": 1, \"2\": 2}; 0,1,2",
        "\"id2label\": {\"0\": 1.5, \"1\": -2, \"2\": \"2\"}; 1.5,-2,2",
        "\"id2label\": {\"0\": false, \"1\": true}; false,true",
        "\"id2label\": {\"2\": \"c\", \"0\": \"a\", \"1\": \"b\"}; a,b,c",
        "\"id2label\": {\"0\": \"a\", \"1\": \"b\"}, \"num_labels\": 3; a,b",
        "\"id2label\": null, \"num_labels\": 3; LABEL_0,LABEL_1,LABEL_2",
        "\"num_labels\": 3; LABEL_0,LABEL_1,LABEL_2",
        "\"label2id\": {\"no\": 0, \"yes\": 1}; LABEL_0,LABEL_1",
        "\"num_labels\": null; LABEL_0,LABEL_1",
    })
    void namesComeFromId2label(String json, String names) {
        assertEquals(List.of(names.split(",")), parse(json).labels());
    }

    private static BertConfig parse(String json) {
        return BertConfig.parse("config.json", (BERT + json + "}").getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
        "\"id2label\": {\"1\": \"a\", \"2\": \"b\"}; no class name for \"0\"; number the classes from 0",
        "\"id2label\": {\"0\": \"a\", \"2\": \"b\"}; no class name for \"1\"; number the classes from 0",
        "\"id2label\": {\"a\": 0, \"b\": 1}; no class name for \"0\"; number the classes from 0",
        "\"id2label\": {\"0\": \"a\", \"1\": null}; names class \"1\" null; give it a string",
        "\"id2label\": {\"0\": \"a\", \"1\": [\"b\"]}; names class \"1\" [\"b\"]; give it a string",
        "\"id2label\": {\"0\": \"a\", \"1\": \"a\"}; names a class twice; its own name",
        "\"id2label\": {\"0\": 1, \"1\": \"1\"}; names a class twice; its own name",
        "\"id2label\": {\"0\": \"a\", \"1\": \" \"}; has an empty class name; name every class",
        "\"id2label\": [\"a\", \"b\"]; must be an object; such as",
        "\"id2label\": {}; names no class; name at least one",
        "\"num_labels\": 0; num_labels 0 must be between 1 and; id2label must name the classes",
        "\"num_labels\": \"3\"; num_labels must be a whole number, not \"3\"; config.json",
        "\"num_labels\": 99999999; num_labels 99999999 must be; id2label",
    })
    void whatNamesNoClassesIsRefusedButForTheEncoder(String json, String problem, String remedy, @TempDir Path folder) throws IOException {
        Messages.assertRefused(() -> parse(json), "'config.json': ", problem, remedy);
        BertConfig.Encoder encoder = BertConfig.readEncoder(Files.writeString(folder.resolve("config.json"), BERT + json + "}"));
        assertEquals(4, encoder.config().hiddenSize());
        assertTrue(encoder.labelProblem().orElseThrow().getMessage().contains(problem));
        String right = BERT + "\"id2label\": {\"0\": \"a\", \"1\": \"b\"}}";
        assertFalse(BertConfig.readEncoder(Files.writeString(folder.resolve("config.json"), right)).labelProblem().isPresent());
    }
}
