// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JsonFileTest {
    private static final String MARK = "\uFEFF";

    @Test
    void aByteOrderMarkIsNamedWhereItCannotBeSeen() {
        Messages.assertRefused(() -> parse(MARK + "{\"a\": 1}"), "'config.json' begins with a byte order mark", "save it as UTF-8 without one");
        Messages.assertRefused(() -> parse("{\"a\": 1}" + MARK), "'config.json' is not valid JSON at line 1, column 9");
        assertEquals(MARK, parse("{\"a\": \"" + MARK + "\"}").get("a").asText());
    }

    private static ObjectNode parse(String text) {
        return JsonFile.parse("config.json", text.getBytes(StandardCharsets.UTF_8));
    }
}
