using AllData.Replication;

namespace AllData.Coordination;

/// <summary>What a replica's answer says of the block.</summary>
internal static class AppendStatusExtensions
{
    /// <summary>Whether the replica has said that it wrote nothing of the block.</summary>
    public static bool IsUnwritten(this AppendStatus status) =>
        status is AppendStatus.Overloaded or AppendStatus.ReadOnly or AppendStatus.IntervalNotOpen or AppendStatus.Conflict or AppendStatus.Invalid;
}
