// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonReasonTest {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
        "{\"a\": 1; Unexpected end-of-input: expected close marker for Object",
        "{\"a\": [1}; Unexpected close marker '}': expected ']'",
        "{\"a\": NaN}; Non-standard token 'NaN'",
        "[-Infinity]; Non-standard token '-Infinity'",
        "{} {}; more follows after its end",
        "{oops; Unexpected character ('o' (code 111)): was expecting double-quote to start field name"})
    void noNamesOfJacksonAndNoSecondPlace(String json, String reason) {
        assertEquals(reason, JsonReason.of(assertThrows(JsonProcessingException.class, () -> MAPPER.readTree(json))));
    }

    @Test
    void aLimitIsNamedWithoutTheSettingBehindIt() {
        assertEquals("Document nesting depth (1001) exceeds the maximum allowed (1000)",
                JsonReason.of(assertThrows(JsonProcessingException.class, () -> MAPPER.readTree("[".repeat(2000)))));
    }
}
