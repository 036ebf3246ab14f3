package dev.mixed.autograd.functional;

import java.util.List;
import java.util.stream.Stream;

/** Every case of every op. */
final class OpCases {
    private OpCases() {
    }

    static List<OpCase> all() {
        return Stream.of(PointwiseCases.all(), MatrixCases.all(), RowCases.all()).flatMap(List::stream).toList();
    }
}
