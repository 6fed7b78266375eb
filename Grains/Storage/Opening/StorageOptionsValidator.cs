using AllData.Storage.PostgreSql;
using Microsoft.Extensions.Options;

namespace AllData.Storage.Opening;

/// <summary>Refuses storage options that cannot work, with both numbers and the reason.</summary>
internal sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    private const int LeastOpenIntervals = 3;
    private const int MaxReconnectSeconds = 600;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        var failures = new List<string>();
        Require(
            options.MaxBlocksPerTransaction >= 1,
            $"MaxBlocksPerTransaction is {options.MaxBlocksPerTransaction}; at least 1 is needed.");
        Require(options.MaxBytesPerTransaction >= 1, $"MaxBytesPerTransaction is {options.MaxBytesPerTransaction}; at least 1 is needed.");
        Require(
            options.MaxWaitingBytes >= options.MaxBytesPerTransaction,
            $"MaxWaitingBytes is {options.MaxWaitingBytes}, less than MaxBytesPerTransaction "
            + $"({options.MaxBytesPerTransaction}): no transaction could ever be full. Raise the one or lower the other.");
        Require(
            options.OverloadRetryAfter > TimeSpan.Zero,
            $"OverloadRetryAfter is {options.OverloadRetryAfter}; it must be longer than zero.");
        Require(
            options.MaxOpenIntervals >= LeastOpenIntervals,
            $"MaxOpenIntervals is {options.MaxOpenIntervals}; at least {LeastOpenIntervals} are needed, because the previous, "
            + "the current and the next interval are written to side by side.");
        Require(options.Readers >= 1, $"Readers is {options.Readers}; at least 1 is needed.");
        Require(options.MaxWaitingReads >= 1, $"MaxWaitingReads is {options.MaxWaitingReads}; at least 1 is needed.");
        Require(options.Provider is not { } provider || Enum.IsDefined(provider), $"Provider is {(int?)options.Provider}; write Sqlite, Log or PostgreSql.");
        Require(
            options.ReconnectSeconds is >= 0 and <= MaxReconnectSeconds,
            $"ReconnectSeconds is {options.ReconnectSeconds}; give it 0 to {MaxReconnectSeconds}: blocks that wait longer fill the queue for nothing.");
        if (options.Provider == StorageProvider.PostgreSql && PostgreSqlConnector.Refuse(options.ConnectionString) is { } refusal)
        {
            failures.Add($"Storage:ConnectionString {refusal}");
        }

        Require(options.CheckpointBytes >= 1, $"CheckpointBytes is {options.CheckpointBytes}; at least 1 is needed.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Require(bool holds, string sentence)
        {
            if (!holds)
            {
                failures.Add("Storage:" + sentence);
            }
        }
    }
}
