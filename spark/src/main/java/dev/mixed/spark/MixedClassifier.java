// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark;

import dev.mixed.spark.process.MixedException;
import dev.mixed.spark.training.LabelledTexts;
import dev.mixed.spark.training.Training;
import dev.mixed.spark.training.TrainingFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a BERT classifier of texts on a Spark cluster: one rank a GPU, each a JVM of its own that a task starts, their gradients summed step by step. The
 * texts go from the executors into Parquet files in {@link #outputDir}, a folder that all machines see; the driver holds none of them. A tenth of the texts of
 * each label is held out for validation, which decides on the best epoch, and another tenth for the test, whose scores are in the folder.
 */
public final class MixedClassifier extends Estimator<MixedClassificationModel> implements MLWritable {
    private static final long serialVersionUID = 1;
    private static final Logger LOG = LoggerFactory.getLogger(MixedClassifier.class);

    private final String uid;
    private final transient SharedParams shared;
    private final transient Param<String> labelCol;
    private final transient Param<String> outputDir;
    private final transient Param<String> preset;
    private final transient Param<String> model;
    private final transient IntParam epochs;
    private final transient DoubleParam learningRate;
    private final transient LongParam seed;
    private final transient IntParam numRanks;
    private final transient BooleanParam resume;
    private final transient StringArrayParam options;
    private transient Consumer<String> log = LOG::info;

    public MixedClassifier() {
        this(Identifiable$.MODULE$.randomUID("mixed"));
    }

    /** @param uid by which Spark knows it */
    public MixedClassifier(String uid) {
        this.uid = uid;
        shared = new SharedParams(this);
        labelCol = new Param<>(this, "labelCol", "column of labels: names, or numbers of classes from 0 on");
        outputDir = new Param<>(this, "outputDir", "folder of this training alone, which the driver and all executors see under one path");
        preset = new Param<>(this, "preset", "size of a model that starts from random weights: tiny, mini, small, medium or base");
        model = new Param<>(this, "model", "model to start from: a folder that all executors see, or its name on the hub; empty for random weights");
        epochs = new IntParam(this, "epochs", "passes over the texts", ParamValidators.gtEq(1));
        learningRate = new DoubleParam(this, "learningRate", "peak learning rate; 0 for that of train", ParamValidators.gtEq(0));
        seed = new LongParam(this, "seed", "of all that is random");
        numRanks = new IntParam(this, "numRanks", "ranks; 0 for as many as the cluster has GPUs for at once, or one without", ParamValidators.gtEq(0));
        resume = new BooleanParam(this, "resume", "whether to go on with the training in outputDir, with the texts that are there");
        options = new StringArrayParam(this, "options", "further options of train, as they are typed: --warmup-ratio 0.1, for example");
        setDefault(labelCol, "label");
        setDefault(outputDir, "");
        setDefault(preset, "tiny");
        setDefault(model, "");
        setDefault(epochs, 3);
        setDefault(learningRate, 0.0);
        setDefault(seed, 42L);
        setDefault(numRanks, 0);
        setDefault(resume, false);
        setDefault(options, new String[0]);
    }

    @Override
    public String uid() {
        return uid;
    }

    public Param<String> textCol() {
        return shared.textCol;
    }

    public Param<String> textPairCol() {
        return shared.textPairCol;
    }

    public Param<String> predictionCol() {
        return shared.predictionCol;
    }

    public Param<String> predictedLabelCol() {
        return shared.predictedLabelCol;
    }

    public Param<String> probabilityCol() {
        return shared.probabilityCol;
    }

    public IntParam batchSize() {
        return shared.batchSize;
    }

    public IntParam maxLength() {
        return shared.maxLength;
    }

    public BooleanParam amp() {
        return shared.amp;
    }

    public Param<String> device() {
        return shared.device;
    }

    public Param<String> mixedCommand() {
        return shared.mixedCommand;
    }

    public Param<String> labelCol() {
        return labelCol;
    }

    public Param<String> outputDir() {
        return outputDir;
    }

    public Param<String> preset() {
        return preset;
    }

    public Param<String> model() {
        return model;
    }

    public IntParam epochs() {
        return epochs;
    }

    public DoubleParam learningRate() {
        return learningRate;
    }

    public LongParam seed() {
        return seed;
    }

    public IntParam numRanks() {
        return numRanks;
    }

    public BooleanParam resume() {
        return resume;
    }

    public StringArrayParam options() {
        return options;
    }

    public MixedClassifier setTextCol(String value) {
        set(shared.textCol, value);
        return this;
    }

    public MixedClassifier setTextPairCol(String value) {
        set(shared.textPairCol, value);
        return this;
    }

    public MixedClassifier setPredictionCol(String value) {
        set(shared.predictionCol, value);
        return this;
    }

    public MixedClassifier setPredictedLabelCol(String value) {
        set(shared.predictedLabelCol, value);
        return this;
    }

    public MixedClassifier setProbabilityCol(String value) {
        set(shared.probabilityCol, value);
        return this;
    }

    public MixedClassifier setBatchSize(int value) {
        set(shared.batchSize, value);
        return this;
    }

    public MixedClassifier setMaxLength(int value) {
        set(shared.maxLength, value);
        return this;
    }

    public MixedClassifier setAmp(boolean value) {
        set(shared.amp, value);
        return this;
    }

    public MixedClassifier setDevice(String value) {
        set(shared.device, value);
        return this;
    }

    public MixedClassifier setMixedCommand(String value) {
        set(shared.mixedCommand, value);
        return this;
    }

    public MixedClassifier setLabelCol(String value) {
        set(labelCol, value);
        return this;
    }

    public MixedClassifier setOutputDir(String value) {
        set(outputDir, value);
        return this;
    }

    public MixedClassifier setPreset(String value) {
        set(preset, value);
        return this;
    }

    public MixedClassifier setModel(String value) {
        set(model, value);
        return this;
    }

    public MixedClassifier setEpochs(int value) {
        set(epochs, value);
        return this;
    }

    public MixedClassifier setLearningRate(double value) {
        set(learningRate, value);
        return this;
    }

    public MixedClassifier setSeed(long value) {
        set(seed, value);
        return this;
    }

    public MixedClassifier setNumRanks(int value) {
        set(numRanks, value);
        return this;
    }

    public MixedClassifier setResume(boolean value) {
        set(resume, value);
        return this;
    }

    public MixedClassifier setOptions(String... value) {
        set(options, value);
        return this;
    }

    /** From now on, the lines that rank 0 prints go here too; they are in the folder of the training anyway. */
    public MixedClassifier setLog(Consumer<String> lines) {
        log = lines;
        return this;
    }

    @Override
    public StructType transformSchema(StructType schema) {
        shared.requireTexts(schema);
        SharedParams.requireColumn(schema, labelCol, $(labelCol));
        texts().require(schema.apply($(labelCol)).dataType());
        return ScoredColumns.of(schema, shared).schema();
    }

    private LabelledTexts texts() {
        return new LabelledTexts(shared.get(shared.textCol), shared.pair(), $(labelCol));
    }

    /** @throws MixedException in one sentence, if the data or the cluster are not fit, or if training fails for good */
    @Override
    public MixedClassificationModel fit(Dataset<?> dataset) {
        transformSchema(dataset.schema());
        TrainingFolder folder = TrainingFolder.of($(outputDir));
        boolean again = (Boolean) $(resume);
        List<String> arguments = arguments(!again);
        folder.prepare(again);
        arguments.addAll(again ? texts().options(folder) : texts().write(dataset, folder));
        Training training = new Training(dataset.sparkSession().sparkContext(), shared.command(), arguments, folder, again);
        Path trained;
        try {
            trained = training.run((Integer) $(numRanks), log);
        } catch (MixedException e) {
            // Of a run that never began nothing is left: it can be started again as it should have been.
            folder.removeIfNotBegun();
            throw e;
        }
        MixedClassificationModel fitted = new MixedClassificationModel(uid, trained);
        copyValues(fitted, org.apache.spark.ml.param.ParamMap.empty());
        return fitted.setParent(this);
    }

    /** A run that is resumed keeps its options; what was set for it must not contradict them. */
    private List<String> arguments(boolean all) {
        List<String> arguments = new ArrayList<>(shared.arguments(all));
        arguments.addAll(List.of("--task", "classification"));
        if (all || isSet(epochs)) {
            arguments.addAll(List.of("--epochs", String.valueOf($(epochs))));
        }
        if (all || isSet(seed)) {
            arguments.addAll(List.of("--seed", String.valueOf($(seed))));
        }
        if ((Double) $(learningRate) > 0) {
            arguments.addAll(List.of("--lr", String.valueOf($(learningRate))));
        }
        if (!$(model).isEmpty()) {
            arguments.addAll(List.of("--model", $(model)));
        } else if (all || isSet(preset)) {
            arguments.addAll(List.of("--preset", $(preset)));
        }
        for (String option : $(options)) {
            for (String taken : List.of("--output", "--resume", "--overwrite", "--data", "--task", "--seeds", "--folds")) {
                if (option.equals(taken) || option.startsWith(taken + "=")) {
                    throw new MixedException(
                            taken + " is no option for training on Spark; the parameters outputDir and resume, and the data frame, say such things.");
                }
            }
            arguments.add(option);
        }
        return arguments;
    }

    @Override
    public MixedClassifier copy(ParamMap extra) {
        MixedClassifier copy = new MixedClassifier(uid);
        copy.log = log;
        copyValues(copy, extra);
        return copy;
    }

    @Override
    public MLWriter write() {
        return new DefaultParamsWriter(this);
    }

    /** Reads what {@link #write} wrote. */
    public static MLReader<MixedClassifier> read() {
        return new DefaultParamsReader<>();
    }

    /** {@link #read} of a path. */
    public static MixedClassifier load(String path) {
        return read().load(path);
    }
}
