// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import java.nio.ByteBuffer;
import java.util.List;

/** What is to be learned of a text; a task of one's own may have targets of its own. */
public interface Target {
    /** For a text of which nothing is known. */
    Target UNKNOWN = new OfClass(0);

    /** As bytes, by which a changed target is known: different ones of one task differ here. */
    byte[] bytes();

    /** {@link #bytes} in short: the index of a class, else a hash. */
    int code();

    /**
     * A number.
     *
     * @param value finite
     */
    record Score(double value) implements Target {
        @Override
        public byte[] bytes() {
            return ByteBuffer.allocate(Double.BYTES).putDouble(value).array();
        }

        @Override
        public int code() {
            return Double.hashCode(value);
        }
    }

    /**
     * Any number of labels.
     *
     * @param indices into the data set's label names, ascending, each once
     */
    record Labels(List<Integer> indices) implements Target {
        /** Sorts the indices. */
        public Labels {
            indices = indices.stream().distinct().sorted().toList();
        }

        @Override
        public byte[] bytes() {
            ByteBuffer bytes = ByteBuffer.allocate((1 + indices.size()) * Integer.BYTES).putInt(indices.size());
            indices.forEach(bytes::putInt);
            return bytes.array();
        }

        @Override
        public int code() {
            return indices.hashCode();
        }
    }

    /**
     * A tag for each word.
     *
     * @param indices into the data set's label names, in the order of the words
     */
    record Tags(List<Integer> indices) implements Target {
        public Tags {
            indices = List.copyOf(indices);
        }

        @Override
        public byte[] bytes() {
            ByteBuffer bytes = ByteBuffer.allocate((1 + indices.size()) * Integer.BYTES).putInt(indices.size());
            indices.forEach(bytes::putInt);
            return bytes.array();
        }

        @Override
        public int code() {
            return indices.hashCode();
        }
    }

    /**
     * One class.
     *
     * @param index into the data set's label names
     */
    record OfClass(int index) implements Target {
        /** Refuses an index below 0. */
        public OfClass {
            if (index < 0) {
                throw new IllegalArgumentException("the label " + index + " is no index of a class; it must be 0 or more");
            }
        }

        @Override
        public byte[] bytes() {
            return ByteBuffer.allocate(Integer.BYTES).putInt(index).array();
        }

        @Override
        public int code() {
            return index;
        }
    }
}
