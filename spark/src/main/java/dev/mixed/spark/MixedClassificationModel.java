// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark;

import dev.mixed.spark.scoring.ModelFiles;
import dev.mixed.spark.scoring.ModelSpec;
import dev.mixed.spark.scoring.ScorePartition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsReader$;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * A classifier of texts that scores data frames: {@code prediction}, {@code predictedLabel} and {@code probability} are added to each row. Each executor has
 * one process with the model, on its GPU or on the JVM, for all of its tasks; the files of the model travel with the job.
 */
public final class MixedClassificationModel extends Model<MixedClassificationModel> implements MLWritable {
    private static final long serialVersionUID = 1;
    private static final String FOLDER = "model";

    private final String uid;
    private final transient SharedParams shared;
    private final transient Path folder;
    private final transient List<String> classes;
    /** Made when first needed, for one session. */
    private transient @Nullable HandedOut handedOut;

    private record HandedOut(String application, String id, Map<String, List<Broadcast<byte[]>>> files) {
    }

    /** @param folder of a classifier on the driver's machine: that of a run of {@code train}, or as transformers has it */
    MixedClassificationModel(String uid, Path folder) {
        this.uid = uid;
        this.folder = folder;
        this.classes = ModelFiles.classes(folder);
        this.shared = new SharedParams(this);
    }

    /** The classifier in a folder on the driver's machine, be it that of a run of {@code train} or one as transformers has it. */
    public static MixedClassificationModel of(String folder) {
        return new MixedClassificationModel(org.apache.spark.ml.util.Identifiable$.MODULE$.randomUID("mixed"), Path.of(folder).toAbsolutePath());
    }

    @Override
    public String uid() {
        return uid;
    }

    /** The names of the classes, in the order of their numbers. */
    public List<String> classes() {
        return classes;
    }

    /** The folder of the model on the driver's machine. */
    public String folder() {
        return folder.toString();
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

    public MixedClassificationModel setTextCol(String value) {
        set(shared.textCol, value);
        return this;
    }

    public MixedClassificationModel setTextPairCol(String value) {
        set(shared.textPairCol, value);
        return this;
    }

    public MixedClassificationModel setPredictionCol(String value) {
        set(shared.predictionCol, value);
        return this;
    }

    public MixedClassificationModel setPredictedLabelCol(String value) {
        set(shared.predictedLabelCol, value);
        return this;
    }

    public MixedClassificationModel setProbabilityCol(String value) {
        set(shared.probabilityCol, value);
        return this;
    }

    public MixedClassificationModel setBatchSize(int value) {
        set(shared.batchSize, value);
        return this;
    }

    public MixedClassificationModel setMaxLength(int value) {
        set(shared.maxLength, value);
        return this;
    }

    public MixedClassificationModel setAmp(boolean value) {
        set(shared.amp, value);
        return this;
    }

    public MixedClassificationModel setDevice(String value) {
        set(shared.device, value);
        return this;
    }

    public MixedClassificationModel setMixedCommand(String value) {
        set(shared.mixedCommand, value);
        return this;
    }

    @Override
    public StructType transformSchema(StructType schema) {
        shared.requireTexts(schema);
        return ScoredColumns.of(schema, shared).schema();
    }

    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        StructType schema = dataset.schema();
        shared.requireTexts(schema);
        ScoredColumns scored = ScoredColumns.of(schema, shared);
        String pair = shared.pair();
        HandedOut files = handedOut(dataset.sparkSession());
        ModelSpec spec = new ModelSpec(files.id(), folder.toString(), files.files(), classes, shared.command(), shared.arguments(true));
        ScorePartition score = new ScorePartition(spec, SharedParams.requireColumn(schema, shared.textCol, shared.get(shared.textCol)),
                pair == null ? -1 : SharedParams.requireColumn(schema, shared.textPairCol, pair), scored.columns());
        return dataset.toDF().mapPartitions(score, Encoders.row(scored.schema()));
    }

    private synchronized HandedOut handedOut(SparkSession session) {
        String application = session.sparkContext().applicationId();
        HandedOut known = handedOut;
        if (known == null || !known.application().equals(application)) {
            known = new HandedOut(application, UUID.randomUUID().toString(), ModelFiles.handOut(session.sparkContext(), folder));
            handedOut = known;
        }
        return known;
    }

    @Override
    public MixedClassificationModel copy(ParamMap extra) {
        MixedClassificationModel copy = new MixedClassificationModel(uid, folder);
        copy.handedOut = handedOut;
        copyValues(copy, extra);
        if (hasParent()) {
            copy.setParent(parent());
        }
        return copy;
    }

    /** Writes the parameters as Spark does, and the model's files, which transformers reads too, into the folder {@code model} beside them. */
    @Override
    public MLWriter write() {
        return new MLWriter() {
            @Override
            public void saveImpl(String path) {
                DefaultParamsWriter.saveMetadata(MixedClassificationModel.this, path, sparkSession());
                try {
                    ModelFiles.save(folder, path + "/" + FOLDER, sparkSession().sparkContext().hadoopConfiguration());
                } catch (IOException e) {
                    throw new UncheckedIOException("the model cannot be written in '" + path + "'", e);
                }
            }
        };
    }

    /** Reads what {@link #write} wrote. */
    public static MLReader<MixedClassificationModel> read() {
        return new MLReader<>() {
            @Override
            public MixedClassificationModel load(String path) {
                DefaultParamsReader.Metadata metadata = DefaultParamsReader$.MODULE$.loadMetadata(path, sparkSession(),
                        MixedClassificationModel.class.getName());
                try {
                    Path folder = ModelFiles.load(path + "/" + FOLDER, sparkSession().sparkContext().hadoopConfiguration());
                    MixedClassificationModel model = new MixedClassificationModel(metadata.uid(), folder);
                    metadata.getAndSetParams(model, metadata.getAndSetParams$default$2());
                    return model;
                } catch (IOException e) {
                    throw new UncheckedIOException("the model in '" + path + "' cannot be read", e);
                }
            }
        };
    }

    /** {@link #read} of a path. */
    public static MixedClassificationModel load(String path) {
        return read().load(path);
    }
}
