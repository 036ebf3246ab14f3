// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import static dev.mixed.train.run.HuggingFaceName.always;
import static dev.mixed.train.run.HuggingFaceName.instead;
import static dev.mixed.train.run.HuggingFaceName.never;
import static dev.mixed.train.run.HuggingFaceName.same;

import java.util.List;

/** Fields of {@code TrainingArguments}, of transformers 4 and 5, that are no options of miXed's under another name. */
final class HuggingFaceTrainer {
    private static final String ONE_DEVICE = "a run trains on one device";
    private static final String HUB = "nothing is uploaded: the output folder has a model card and may be uploaded as it is, by 'hf upload' for example";
    private static final String HALF = "mixed precision is --amp, in half with a scaled loss";
    private static final String BATCHES = "batches are made ahead by the run itself";
    private static final String MEMORY = "for less memory there are --amp, --gradient-checkpointing, and a smaller --batch with more --accumulate";
    private static final String COMPILED = "every step is recorded and compiled as it is";
    private static final String ADAMW = "the optimizer is AdamW in float, with --adam-beta1, --adam-beta2, --adam-epsilon and --weight-decay";
    private static final String LOGS = "what is told is a table on the console, metrics.csv and curves.png, and --tensorboard and --mlflow if asked for";
    private static final String SCORES = "all scores of the task are computed, and --metric chooses the one for the best model";
    private static final String CHECKPOINTS = "last/ has all that --resume needs, and the output folder the best model";

    private HuggingFaceTrainer() {
    }

    /** Those of version 5, some of which 4 has too. */
    static final List<HuggingFaceName> CURRENT = List.of(
            instead("per_device_eval_batch_size", "scoring takes as many texts at a time as training, --batch"),
            instead("lr_scheduler_kwargs", "the numbers of --scheduler are --num-cycles, --power and --lr-end"),
            same("optim", ADAMW, "adamw_torch", "adamw_torch_fused", "adamw_hf"),
            instead("optim_args", ADAMW),
            instead("optim_target_modules", ADAMW),
            same("average_tokens_across_devices", ONE_DEVICE, "true", "false"),
            never("bf16", HALF),
            never("bf16_full_eval", HALF + ", and a run with it is scored in it"),
            never("fp16_full_eval", HALF + ", and a run with it is scored in it"),
            instead("gradient_checkpointing_kwargs", MEMORY),
            never("torch_compile", COMPILED),
            instead("torch_compile_backend", COMPILED),
            instead("torch_compile_mode", COMPILED),
            never("use_liger_kernel", "kernels are miXed's own"),
            instead("liger_kernel_config", "kernels are miXed's own"),
            same("use_cache", "there is no cache of keys and values", "true", "false"),
            instead("neftune_noise_alpha", "no noise is added to embeddings; --dropout is what regularizes"),
            instead("torch_empty_cache_steps", "memory is planned before the first step"),
            never("auto_find_batch_size", "--batch auto takes as many texts as a GPU's memory can hold"),
            same("logging_strategy", "--log-every counts steps", "steps"),
            never("logging_first_step", "--log-every 1 tells of each step"),
            never("log_on_each_node", ONE_DEVICE),
            same("logging_nan_inf_filter", "a loss that is no number ends a run in float; mixed precision leaves out the step", "true", "false"),
            same("include_num_input_tokens_seen", LOGS, "false", "no"),
            same("log_level", LOGS, "passive"),
            same("log_level_replica", ONE_DEVICE, "warning"),
            never("disable_tqdm", "a bar is shown on a terminal alone"),
            same("report_to", "runs are told of by --tensorboard and --mlflow", "none").meaning("tensorboard", "tensorboard", "true")
                    .meaning("mlflow", "mlflow", "env"),
            instead("run_name", "a run is called as its --output"),
            instead("project", "--mlflow-experiment is what runs are grouped by"),
            instead("trackio_space_id", LOGS),
            instead("trackio_bucket_id", LOGS),
            instead("trackio_static_space_id", LOGS),
            same("eval_strategy", "the model is scored after each epoch, or after --eval-steps steps", "epoch", "steps"),
            same("eval_delay", "the model is scored from the first epoch, or --eval-steps, on", "0", "0.0"),
            never("prediction_loss_only", SCORES),
            never("eval_on_start", "the first scoring is after an epoch or --eval-steps steps"),
            same("eval_do_concat_batches", SCORES, "true", "false"),
            never("eval_use_gather_object", ONE_DEVICE),
            instead("eval_accumulation_steps", "outputs of a batch leave the device with it"),
            instead("include_for_metrics", SCORES),
            never("batch_eval_metrics", SCORES),
            never("save_only_model", CHECKPOINTS),
            same("save_strategy", "a checkpoint is saved after each scoring, and after --save-every steps in between", "epoch", "steps"),
            never("save_on_each_node", ONE_DEVICE),
            never("enable_jit_checkpoint", "Ctrl-C and SIGTERM save a checkpoint as it is"),
            never("push_to_hub", HUB),
            instead("hub_token", "HF_TOKEN is for downloads; " + HUB),
            never("hub_private_repo", HUB),
            instead("hub_model_id", HUB),
            instead("hub_strategy", HUB),
            never("hub_always_push", HUB),
            instead("hub_revision", HUB),
            always("load_best_model_at_end", CHECKPOINTS),
            instead("greater_is_better", "of loss, mse, mae and perplexity less is better, of all other scores more"),
            never("ignore_data_skip", "a resumed run goes on with the very batch at which it stopped"),
            never("restore_callback_states_from_checkpoint", "a resumed run goes on as it was, early stopping included"),
            same("full_determinism", "the same seed gives the same run", "true", "false"),
            instead("data_seed", "--seed decides the order of texts, too"),
            same("use_cpu", "--device is auto, jvm or gpu", "false").meaning("true", "device", "jvm"),
            instead("accelerator_config", ONE_DEVICE),
            instead("parallelism_config", ONE_DEVICE),
            never("dataloader_drop_last", "an epoch trains on every text"),
            instead("dataloader_num_workers", BATCHES),
            same("dataloader_pin_memory", BATCHES, "true", "false"),
            same("dataloader_persistent_workers", BATCHES, "true", "false"),
            instead("dataloader_prefetch_factor", BATCHES),
            instead("dataloader_multiprocessing_context", BATCHES),
            always("dataloader_in_order", BATCHES),
            always("remove_unused_columns", "columns that are not used are named in a line"),
            instead("label_names", "labels are in --label-column"),
            same("train_sampling_strategy", "batches hold texts of similar length in random order; --pad max pads each to --length instead", "group_by_length"),
            instead("length_column_name", "lengths are counted by the tokenizer"),
            instead("ddp_find_unused_parameters", ONE_DEVICE),
            instead("ddp_bucket_cap_mb", ONE_DEVICE),
            instead("ddp_broadcast_buffers", ONE_DEVICE),
            instead("ddp_static_graph", ONE_DEVICE),
            instead("ddp_backend", ONE_DEVICE),
            instead("ddp_timeout", ONE_DEVICE),
            instead("fsdp", ONE_DEVICE),
            instead("fsdp_config", ONE_DEVICE),
            instead("deepspeed", ONE_DEVICE),
            instead("debug", "a loss that is no number is told with its step"),
            same("skip_memory_metrics", "'mixed bench' tells what a step needs of memory", "true"),
            always("do_train", "'mixed train' trains, scores and tests; 'mixed eval' and 'mixed predict' do without training"),
            always("do_eval", "the model is scored after each epoch, and the best one is kept"),
            always("do_predict", "the best model is scored on the test texts; 'mixed predict' answers other texts"),
            same("resume_from_checkpoint", "--resume goes on from last/ in the output folder", "false").meaning("true", "resume", "true"),
            same("local_rank", ONE_DEVICE, "-1", "0"));

    /** Those that version 4 had alone. */
    static final List<HuggingFaceName> EARLIER = List.of(
            same("evaluation_strategy", "the model is scored after each epoch, or after --eval-steps steps", "epoch", "steps"),
            instead("per_gpu_train_batch_size", "--batch is the texts per batch"),
            instead("per_gpu_eval_batch_size", "scoring takes as many texts at a time as training, --batch"),
            instead("logging_dir", "--tensorboard writes to the folder tensorboard in the output folder"),
            always("save_safetensors", "weights are saved as safetensors"),
            same("no_cuda", "--device is auto, jvm or gpu", "false").meaning("true", "device", "jvm"),
            never("use_mps_device", "--device is auto, jvm or gpu"),
            never("use_ipex", "--device is auto, jvm or gpu"),
            never("jit_mode_eval", COMPILED),
            instead("torchdynamo", COMPILED),
            instead("fp16_opt_level", HALF),
            instead("fp16_backend", HALF),
            same("half_precision_backend", HALF, "auto"),
            always("group_by_length", "batches hold texts of similar length; --pad max pads each to --length instead"),
            never("adafactor", ADAMW),
            instead("past_index", "BERT has no past"),
            never("include_inputs_for_metrics", SCORES),
            never("include_tokens_per_second", LOGS),
            never("use_legacy_prediction_loop", SCORES),
            instead("mp_parameters", ONE_DEVICE),
            instead("ray_scope", "--seeds and --folds repeat a run; nothing searches for options"),
            instead("sharded_ddp", ONE_DEVICE),
            instead("xpu_backend", ONE_DEVICE),
            instead("tpu_num_cores", ONE_DEVICE),
            never("tpu_metrics_debug", ONE_DEVICE),
            instead("fsdp_min_num_params", ONE_DEVICE),
            instead("fsdp_transformer_layer_cls_to_wrap", ONE_DEVICE),
            instead("dispatch_batches", ONE_DEVICE),
            instead("split_batches", ONE_DEVICE),
            instead("push_to_hub_model_id", HUB),
            instead("push_to_hub_organization", HUB),
            instead("push_to_hub_token", HUB));
}
