// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The header of a safetensors file, believed in nothing: 8 bytes with the length of a JSON object, the object, then the data.
 * The object maps each name to {@code dtype}, {@code shape} and {@code data_offsets}; {@code __metadata__} maps strings to strings.
 * The tensors must cover the data exactly, without gaps or overlaps. It is parsed as a stream, so that a lying header costs no
 * more memory than its own bytes warrant.
 *
 * @param dataStart first byte of the data in the file
 */
record SafetensorsHeader(long dataStart, SequencedMap<String, TensorInfo> tensors, Map<String, String> metadata) {

    /** The limit of the reference implementation. */
    private static final long MAX_HEADER_BYTES = 100_000_000;

    /** The most dimensions that NumPy and PyTorch handle. */
    private static final int MAX_DIMENSIONS = 64;

    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Reads and checks the header of {@code file}, all of whose bytes are {@code bytes}. */
    static SafetensorsHeader parse(String file, MemorySegment bytes) {
        return new Parser(file, bytes).parse();
    }

    private static final class Parser {
        private final String file;
        private final MemorySegment bytes;
        private final List<TensorInfo> found = new ArrayList<>();
        private final Map<String, String> metadata = new LinkedHashMap<>();

        Parser(String file, MemorySegment bytes) {
            this.file = file;
            this.bytes = bytes;
        }

        SafetensorsHeader parse() {
            long size = bytes.byteSize();
            if (size < 8) {
                throw damaged("it has " + size + " bytes, fewer than the 8 of a header length");
            }
            long length = bytes.get(LENGTH, 0);
            if (length < 0 || length > size - 8) {
                throw damaged("its header claims " + Long.toUnsignedString(length) + " bytes, but only " + (size - 8) + " follow");
            }
            if (length > MAX_HEADER_BYTES) {
                throw damaged("its header claims " + length + " bytes, more than the " + MAX_HEADER_BYTES + " that the format allows");
            }
            if (length < 2 || bytes.get(ValueLayout.JAVA_BYTE, 8) != '{') {
                throw damaged("its header does not begin with a brace");
            }
            byte[] json = bytes.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
            // A factory of its own: a shared one would remember the field names of every file.
            JsonFactory factory = JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES).build();
            try (JsonParser parser = factory.createParser(json)) {
                readHeader(parser);
            } catch (JsonProcessingException e) {
                long at = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
                throw damaged("its header is not valid JSON" + (at < 0 ? "" : " at byte " + (8 + at)), e);
            } catch (IOException e) {
                throw damaged("its header is not valid JSON", e);
            }
            checkCover(size - 8 - length);
            SequencedMap<String, TensorInfo> tensors = new LinkedHashMap<>();
            found.forEach(t -> tensors.put(t.name(), t));
            return new SafetensorsHeader(8 + length, Collections.unmodifiableSequencedMap(tensors), Collections.unmodifiableMap(metadata));
        }

        private void readHeader(JsonParser parser) throws IOException {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                if (name.equals("__metadata__")) {
                    readMetadata(parser);
                } else {
                    found.add(readTensor(parser, name));
                }
            }
            if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                throw damaged("its header holds more than one JSON object");
            }
        }

        private void readMetadata(JsonParser parser) throws IOException {
            expect(parser.nextToken(), JsonToken.START_OBJECT, "__metadata__", "an object");
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                expect(parser.nextToken(), JsonToken.VALUE_STRING, "__metadata__", "an object of strings");
                metadata.put(key, parser.getText());
            }
        }

        private TensorInfo readTensor(JsonParser parser, String name) throws IOException {
            expect(parser.nextToken(), JsonToken.START_OBJECT, name, "an object with dtype, shape and data_offsets");
            StoredType type = null;
            List<Integer> shape = null;
            long[] offsets = null;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                switch (parser.currentName()) {
                    case "dtype" -> type = readType(parser, name);
                    case "shape" -> shape = readShape(parser, name);
                    case "data_offsets" -> offsets = readOffsets(parser, name);
                    default -> {
                        parser.nextToken();
                        parser.skipChildren();
                    }
                }
            }
            if (type == null || shape == null || offsets == null) {
                throw tensor(name, "lacks " + (type == null ? "dtype" : shape == null ? "shape" : "data_offsets"));
            }
            long expected;
            try {
                expected = TensorInfo.byteSize(type, shape);
            } catch (ArithmeticException e) {
                throw damaged("its tensor '" + Brief.of(name) + "' has a shape " + shape + " whose size overflows", e);
            }
            if (offsets[1] - offsets[0] != expected) {
                throw tensor(name, "of type " + type + " and shape " + shape + " needs " + expected + " bytes but data_offsets gives it "
                        + (offsets[1] - offsets[0]));
            }
            return new TensorInfo(name, type, shape, offsets[0], offsets[1]);
        }

        private StoredType readType(JsonParser parser, String name) throws IOException {
            expect(parser.nextToken(), JsonToken.VALUE_STRING, name, "a dtype that is a string");
            String text = parser.getText();
            return StoredType.of(text).orElseThrow(() -> tensor(name, "has the unknown dtype '" + Brief.of(text) + "'"));
        }

        private List<Integer> readShape(JsonParser parser, String name) throws IOException {
            expect(parser.nextToken(), JsonToken.START_ARRAY, name, "a shape that is a list");
            List<Integer> shape = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                long dimension = readWhole(parser, name, "shape");
                if (dimension > Integer.MAX_VALUE) {
                    throw tensor(name, "has a dimension of " + dimension + ", more than the 2147483647 that miXed handles");
                }
                if (shape.size() == MAX_DIMENSIONS) {
                    throw tensor(name, "has more than " + MAX_DIMENSIONS + " dimensions");
                }
                shape.add((int) dimension);
            }
            return shape;
        }

        private long[] readOffsets(JsonParser parser, String name) throws IOException {
            expect(parser.nextToken(), JsonToken.START_ARRAY, name, "data_offsets that are a list of two numbers");
            parser.nextToken();
            long begin = readWhole(parser, name, "data_offsets");
            parser.nextToken();
            long end = readWhole(parser, name, "data_offsets");
            expect(parser.nextToken(), JsonToken.END_ARRAY, name, "data_offsets that are a list of two numbers");
            if (end < begin) {
                throw tensor(name, "ends at byte " + end + ", before its begin " + begin);
            }
            return new long[] {begin, end};
        }

        private long readWhole(JsonParser parser, String name, String field) throws IOException {
            expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, name, "whole numbers in " + field);
            long value = parser.getLongValue();
            if (value < 0) {
                throw tensor(name, "has the negative number " + value + " in " + field);
            }
            return value;
        }

        /** Sorted by begin, each tensor must start where the one before ended, and the last must end with the file. */
        private void checkCover(long dataBytes) {
            List<TensorInfo> sorted = new ArrayList<>(found);
            sorted.sort(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end));
            long end = 0;
            for (TensorInfo t : sorted) {
                if (t.begin() != end) {
                    throw tensor(t.name(), (t.begin() < end ? "overlaps another tensor" : "leaves unused bytes before it")
                            + ": it begins at byte " + t.begin() + " of the data instead of " + end);
                }
                end = t.end();
            }
            if (end != dataBytes) {
                throw damaged("its tensors need " + end + " bytes of data, but " + dataBytes + " follow the header");
            }
        }

        private void expect(JsonToken actual, JsonToken expected, String name, String what) {
            if (actual != expected) {
                throw tensor(name, "must have " + what);
            }
        }

        private UserException tensor(String name, String what) {
            return damaged("its tensor '" + Brief.of(name) + "' " + what);
        }

        private UserException damaged(String what) {
            return damaged(what, null);
        }

        private UserException damaged(String what, @Nullable Exception cause) {
            return new UserException("'" + file + "' is not a valid safetensors file: " + what + "; copy or save it again.", cause);
        }
    }
}
