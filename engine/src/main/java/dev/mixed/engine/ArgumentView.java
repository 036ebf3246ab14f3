// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;

/** How a record names a launch's arguments: its components are {@link Buffer}, int, float, or boolean for an integer that is 1 or 0. */
final class ArgumentView<V extends Record> {
    private static final ClassValue<ArgumentView<?>> VIEWS = new ClassValue<>() {
        @Override
        protected ArgumentView<?> computeValue(Class<?> type) {
            return new ArgumentView<>(type.asSubclass(Record.class));
        }
    };

    private final Class<?>[] types;
    private final Constructor<V> constructor;

    private ArgumentView(Class<V> view) {
        types = Arrays.stream(view.getRecordComponents()).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            constructor = view.getDeclaredConstructor(types);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("a record without its canonical constructor", e);
        }
        constructor.setAccessible(true);
    }

    @SuppressWarnings("unchecked") // a view is made from its own class
    static <V extends Record> ArgumentView<V> of(Class<V> view) {
        return (ArgumentView<V>) VIEWS.get(view);
    }

    V read(Object[] arguments) {
        if (arguments.length != types.length) {
            throw new IllegalStateException(constructor.getDeclaringClass().getSimpleName() + " names " + types.length + " arguments of a launch with "
                    + arguments.length);
        }
        Object[] values = arguments.clone();
        for (int i = 0; i < values.length; i++) {
            if (types[i] == boolean.class) {
                values[i] = (Integer) arguments[i] != 0;
            }
        }
        try {
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
            throw new IllegalStateException("the arguments of a launch can't be read as " + constructor.getDeclaringClass().getSimpleName(), cause);
        }
    }
}
