using AllData.Intervals;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>What a store in files answers about blocks of an interval that it does not simply write.</summary>
internal static class IntervalReplies
{
    /// <summary>Its file is noted as damaged, and takes nothing until it is salvaged.</summary>
    public static AppendReply Damaged(Interval interval) => new(
        AppendStatus.Failed, $"The file of interval {interval} is damaged and is yet to be set aside: at the next start at the latest. Nothing was written.");

    /// <summary>It is closed.</summary>
    public static AppendReply Closed(Interval interval, ReplicaStoreIdentity identity) => new(
        AppendStatus.IntervalNotOpen, $"Interval {interval} is closed at peer '{identity.Peer}': it takes no new blocks, only repair completes it.");

    /// <summary>Its file cannot be opened again now.</summary>
    public static AppendReply BeingRead(string path, StorageOptions options) =>
        new(AppendStatus.Overloaded, $"{path} is being read. Try again later.", RetryAfter: options.OverloadRetryAfter);

    /// <summary>Restores what repair brings and is not held; the answers of the others stay.</summary>
    /// <param name="replies">The answers so far; those of what was restored are replaced.</param>
    /// <param name="deliveries">The blocks.</param>
    /// <param name="restore">Writes blocks into the closed interval.</param>
    public static AppendReply[] RestoreMissing(
        AppendReply[] replies, IReadOnlyList<Delivery> deliveries, Func<IReadOnlyList<Delivery>, AppendReply[]> restore)
    {
        var missing = Enumerable.Range(0, replies.Length).Where(i => replies[i].Status == AppendStatus.IntervalNotOpen && deliveries[i].IsRepair).ToList();
        if (missing.Count > 0)
        {
            var written = restore(missing.ConvertAll(i => deliveries[i]));
            missing.Zip(written).ToList().ForEach(answer => replies[answer.First] = answer.Second);
        }

        return replies;
    }
}
