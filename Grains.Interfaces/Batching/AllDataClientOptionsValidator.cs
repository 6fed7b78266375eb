using AllData.Batching.Gateways;
using AllData.Events;
using Microsoft.Extensions.Options;

namespace AllData.Putting;

/// <summary>Refuses options that cannot work, each with a sentence that names the numbers and the way out.</summary>
internal sealed class AllDataClientOptionsValidator : IValidateOptions<AllDataClientOptions>
{
    private const int LargestBatchBytes = 64 << 20;
    private const int MaxBatchesInFlight = 64;

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    public ValidateOptionsResult Validate(string? name, AllDataClientOptions options)
    {
        var failures = BatchFailures(options).Concat(TimeFailures(options)).ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    /// <summary>Throws if the options cannot work.</summary>
    /// <exception cref="OptionsValidationException">They cannot; the message says why.</exception>
    public static void ThrowIfInvalid(AllDataClientOptions options)
    {
        var result = new AllDataClientOptionsValidator().Validate(null, options);
        if (result.Failed)
        {
            throw new OptionsValidationException(nameof(AllDataClientOptions), typeof(AllDataClientOptions), result.Failures);
        }
    }

    private static IEnumerable<string> BatchFailures(AllDataClientOptions options)
    {
        if (options.MaxBatchEvents is < 1 or > KeyCache.MaxPerCall)
        {
            yield return $"MaxBatchEvents is {options.MaxBatchEvents}: use 1 to {KeyCache.MaxPerCall}, and no more than the silos take in one put of "
                + "many (1,000).";
        }

        if (options.MaxBatchBytes is <= PackedEvent.Overhead or > LargestBatchBytes)
        {
            yield return $"MaxBatchBytes is {options.MaxBatchBytes}: use {PackedEvent.Overhead + 1} to {LargestBatchBytes}, beyond which Orleans "
                + "refuses messages.";
        }

        if (options.MaxWaitingBytes < options.MaxBatchBytes)
        {
            yield return $"MaxWaitingBytes is {options.MaxWaitingBytes}, MaxBatchBytes is {options.MaxBatchBytes}: a full batch must find room; raise "
                + "the first or lower the second.";
        }

        if (options.BatchesInFlight is < 1 or > MaxBatchesInFlight)
        {
            yield return $"BatchesInFlight is {options.BatchesInFlight}: use 1 to {MaxBatchesInFlight}; more calls only wait in the silo.";
        }
    }

    private static IEnumerable<string> TimeFailures(AllDataClientOptions options)
    {
        if (options.CallTimeout <= TimeSpan.Zero)
        {
            yield return $"CallTimeout is {options.CallTimeout}: use a time longer than zero.";
        }

        if (options.Timeout < options.CallTimeout || options.Timeout > LongestTimeout)
        {
            yield return $"Timeout is {options.Timeout}, CallTimeout is {options.CallTimeout}: use at least one call's time and at most {LongestTimeout}.";
        }
    }
}
