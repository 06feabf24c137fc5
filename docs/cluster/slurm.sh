#!/bin/bash
#SBATCH --job-name=mram-dse
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --time=12:00:00
#SBATCH --requeue
#SBATCH --signal=B:TERM@60

# sbatch docs/cluster/slurm.sh studies/heterogeneous.toml
# Starts Ray on the nodes of the job, one srun a node, and the search on the first. The environment
# that holds `dse` and the results folder lie on a file system that all nodes see.
set -euo pipefail
study="${1:?name the study}"
source "${DSE_VENV:-$HOME/dse-venv}/bin/activate"

mapfile -t hosts < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
head="${DSE_HEAD:-$(srun --overlap --nodes=1 --ntasks=1 -w "${hosts[0]}" hostname --ip-address | cut -d' ' -f1)}"
address="$head:$((20000 + SLURM_JOB_ID % 20000))"  # jobs that share a node do not meet
export RAY_USAGE_STATS_ENABLED=0

ray_on() {
    srun --overlap --nodes=1 --ntasks=1 -w "$1" --cpus-per-task="$SLURM_CPUS_PER_TASK" \
        ray start --block --num-cpus="$SLURM_CPUS_PER_TASK" \
        "${@:2}" &
}

ray_on "${hosts[0]}" --head --node-ip-address="$head" --port="${address##*:}" \
    --temp-dir="/tmp/ray-$SLURM_JOB_ID"
ray_head=$!
until ray status --address "$address" >/dev/null 2>&1; do
    kill -0 "$ray_head"  # where Ray could not start the job ends here
    sleep 2
done
for host in "${hosts[@]:1}"; do
    ray_on "$host" --address="$address"
done

srun --overlap --nodes=1 --ntasks=1 -w "${hosts[0]}" dse run "$study" --ray "$address" &
driver=$!
trap 'kill -TERM "$driver"; wait "$driver"' TERM  # out of time: leave with all that is finished
wait "$driver"
