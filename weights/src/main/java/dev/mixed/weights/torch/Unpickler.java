// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.torch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the pickles of PyTorch's files: the instructions of protocol 2 that containers, numbers, strings and tensors need, and no other.
 * It has no means to run what a pickle names: see {@link PickledGlobal}. Nothing here recurses, every instruction takes at least one byte
 * of the file and makes at most one object, and their number is bounded. Objects share what they hold; where one is made by copying the
 * entries of others, all copies together have no more entries than the pickle has bytes up to there, so that a few bytes which recall a long
 * list cannot multiply it. What is malformed is a {@link TorchFormatException}.
 *
 * <p>Results are String, Long, BigInteger, Double, Boolean, {@link #NONE}, {@link PickledDict}, {@link Storage}, {@link TorchTensor} and
 * tuples. Format: Python's {@code pickletools}.
 */
public final class Unpickler {
    /** Python's None. */
    public static final Object NONE = new Object();

    /** Some 40 describe a tensor, and BERT large has 400 tensors. */
    private static final int MAX_INSTRUCTIONS = 2_000_000;
    private static final int MAX_STRING_BYTES = 1 << 16;
    private static final int MAX_PROTOCOL = 5;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment bytes;
    private final Function<List<Object>, Storage> storages;
    private final List<Object> stack = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Integer, Object> memo = new HashMap<>();
    private final long start;
    private long at;
    private long copied;

    /**
     * @param start    first byte of the pickle
     * @param storages makes a storage of a persistent id, the tuple by which a pickle refers to what lies outside it
     */
    public Unpickler(MemorySegment bytes, long start, Function<List<Object>, Storage> storages) {
        this.bytes = bytes;
        this.start = start;
        this.at = start;
        this.storages = storages;
    }

    /** First byte after what was read. */
    public long position() {
        return at;
    }

    /** The pickled object. */
    public Object load() {
        for (int n = 0; n < MAX_INSTRUCTIONS; n++) {
            int instruction = unsignedByte();
            if (instruction == '.') {
                return pop();
            }
            execute(instruction);
        }
        throw new TorchFormatException("has a pickle of more than " + MAX_INSTRUCTIONS + " instructions, too many for a model's weights");
    }

    /** The items of a pickled list or tuple, or null for anything else. */
    public static @Nullable List<Object> items(Object value) {
        return value instanceof PickledTuple tuple ? copy(tuple) : null;
    }

    private static List<Object> copy(PickledTuple tuple) {
        List<Object> items = new ArrayList<>();
        for (int i = 0; i < tuple.size(); i++) {
            items.add(tuple.get(i));
        }
        return items;
    }

    private void execute(int instruction) {
        switch (instruction) {
            case 0x80 -> protocol(unsignedByte());
            case '(' -> marks.add(stack.size());
            case '0' -> pop();
            case 'N' -> push(NONE);
            case 0x88 -> push(true);
            case 0x89 -> push(false);
            case 'J' -> push((long) int32());
            case 'K' -> push((long) unsignedByte());
            case 'M' -> push((long) (unsignedByte() | unsignedByte() << 8));
            case 0x8a -> push(number(unsignedByte()));
            case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(int64())));
            case 'X' -> push(string(Integer.toUnsignedLong(int32())));
            case 0x8c, 'U' -> push(string(unsignedByte()));
            case 'T' -> push(string(Integer.toUnsignedLong(int32())));
            case '}' -> push(new PickledDict());
            case ']' -> push(PickledTuple.emptyList());
            case ')' -> push(PickledTuple.of(List.of()));
            case 0x85 -> push(PickledTuple.of(pop()));
            case 0x86 -> pair();
            case 0x87 -> triple();
            case 't' -> push(PickledTuple.of(popToMark()));
            case 'a' -> append(List.of(pop()));
            case 'e' -> append(popToMark());
            case 's' -> setItem();
            case 'u' -> setItems(popToMark());
            case 'q' -> memo.put(unsignedByte(), top());
            case 'r' -> memo.put(int32(), top());
            case 'h' -> push(remembered(unsignedByte()));
            case 'j' -> push(remembered(int32()));
            case 'c' -> push(new PickledGlobal(line(), line()));
            case 'Q' -> push(storages.apply(persistentId(pop())));
            case 'R' -> reduce();
            case 'b' -> build();
            default -> throw new TorchFormatException(String.format("has the pickle instruction 0x%02x at byte %d, which weights have no use for",
                    instruction, at - 1));
        }
    }

    private static void protocol(int version) {
        if (version > MAX_PROTOCOL) {
            throw new TorchFormatException("has a pickle of the unknown protocol " + version);
        }
    }

    private void pair() {
        Object second = pop();
        push(PickledTuple.of(pop(), second));
    }

    private void triple() {
        Object third = pop();
        Object second = pop();
        push(PickledTuple.of(pop(), second, third));
    }

    private void append(List<Object> items) {
        if (!(top() instanceof PickledTuple list) || !list.isList()) {
            throw new TorchFormatException("has a pickle that appends to something that is no list");
        }
        items.forEach(list::add);
    }

    private void setItem() {
        Object value = pop();
        setItems(List.of(pop(), value));
    }

    private void setItems(List<Object> keysAndValues) {
        if (!(top() instanceof PickledDict dict) || keysAndValues.size() % 2 != 0) {
            throw new TorchFormatException("has a pickle that sets items of something that is no dictionary");
        }
        for (int i = 0; i < keysAndValues.size(); i += 2) {
            dict.put(keysAndValues.get(i), keysAndValues.get(i + 1));
        }
    }

    private List<Object> persistentId(Object id) {
        if (!(id instanceof PickledTuple tuple)) {
            throw new TorchFormatException("has a persistent id that is no tuple");
        }
        copies(tuple.size());
        return copy(tuple);
    }

    private void reduce() {
        Object arguments = pop();
        if (!(pop() instanceof PickledGlobal function) || !(arguments instanceof PickledTuple tuple)) {
            throw new TorchFormatException("has a pickle that calls something that is no function");
        }
        push(function.call(tuple, this::copies));
    }

    /** Counts entries before they are copied. What is written out has a byte at least for each of its entries; only what is recalled has fewer. */
    private void copies(int entries) {
        copied += entries;
        if (copied > at - start) {
            throw new TorchFormatException("has a pickle that copies more entries than it has bytes, which no model's weights do");
        }
    }

    /** Sets attributes. A state dict has one, the versions of its modules, which has no bearing on the weights. */
    private void build() {
        pop();
        if (!(top() instanceof PickledDict)) {
            throw new TorchFormatException("has a pickle that sets attributes of something that is no dictionary");
        }
    }

    private Object remembered(int key) {
        Object value = memo.get(key);
        if (value == null) {
            throw new TorchFormatException("has a pickle that recalls what it never stored");
        }
        return value;
    }

    private void push(Object value) {
        stack.add(value);
    }

    private Object top() {
        if (stack.size() <= floor()) {
            throw new TorchFormatException("has a pickle that takes more from its stack than it put there");
        }
        return stack.getLast();
    }

    private Object pop() {
        Object value = top();
        stack.removeLast();
        return value;
    }

    /** Below the last mark, nothing may be taken. */
    private int floor() {
        return marks.isEmpty() ? 0 : marks.getLast();
    }

    private List<Object> popToMark() {
        if (marks.isEmpty()) {
            throw new TorchFormatException("has a pickle that looks for a mark it never set");
        }
        List<Object> above = stack.subList(marks.removeLast(), stack.size());
        List<Object> items = new ArrayList<>(above);
        above.clear();
        return items;
    }

    private Object number(int length) {
        if (length == 0) {
            return 0L;
        }
        byte[] big = take(length).toArray(ValueLayout.JAVA_BYTE);
        for (int i = 0; i < length / 2; i++) {
            byte b = big[i];
            big[i] = big[length - 1 - i];
            big[length - 1 - i] = b;
        }
        BigInteger value = new BigInteger(big);
        return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
    }

    private String string(long length) {
        if (length > MAX_STRING_BYTES) {
            throw new TorchFormatException("has a pickle with a string of " + length + " bytes, too long for a name");
        }
        return new String(take(length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private String line() {
        long start = at;
        while (unsignedByte() != '\n') {
            if (at - start > MAX_STRING_BYTES) {
                throw new TorchFormatException("has a pickle with a name of more than " + MAX_STRING_BYTES + " bytes");
            }
        }
        return new String(bytes.asSlice(start, at - 1 - start).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private int unsignedByte() {
        return take(1).get(ValueLayout.JAVA_BYTE, 0) & 0xff;
    }

    private int int32() {
        return take(4).get(INT, 0);
    }

    private long int64() {
        return take(8).get(LONG, 0);
    }

    private MemorySegment take(long n) {
        if (n > bytes.byteSize() - at) {
            throw new TorchFormatException("ends within its pickle");
        }
        at += n;
        return bytes.asSlice(at - n, n);
    }
}
