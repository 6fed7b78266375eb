using AllData.Client.Connection;
using AllData.Client.Loading;
using AllData.Client.Output;
using AllData.Errors;
using AllData.Events;
using AllData.Putting;
using AllData.Replication;

namespace AllData.Client.Commands;

/// <summary>
/// Puts one event, under a key that is given or reserved before: so it can be tried again through another gateway when one dies, and a
/// failure can name the key.
/// </summary>
internal sealed class SinglePut(ClientServices services, ClusterAddress address, PutOptions options, bool json)
{
    /// <summary>Runs.</summary>
    public async Task<int> RunAsync(string text, EventKey? given, CancellationToken cancellation)
    {
        var payload = text == PutCommand.StandardInput ? await ReadInputAsync(cancellation) : ReadArgument(text);
        if (JsonCheck.FindFault(payload.Bytes) is { } fault)
        {
            throw new InvalidEventException(fault);
        }

        await using var cluster = await services.Connector.ConnectAsync(address, cancellation);
        var caller = new RetryingCaller(new RetryRule(services.Chance), services.Time);
        var key = given ?? (await caller.CallAsync(() => cluster.Grains.GetPutCoordinator().ReserveKeys(1), cancellation))[0];
        var receipt = await PutAsync(caller, cluster.Grains, key, payload, cancellation);
        ReceiptOutput.Write(services.Terminal, receipt, json);
        return ExitCodes.Done;
    }

    private async Task<PutReceipt> PutAsync(
        RetryingCaller caller, IGrainFactory grains, EventKey key, EventPayload payload, CancellationToken cancellation)
    {
        try
        {
            return await caller.CallAsync(() => grains.GetPutCoordinator().Put(key, payload, options), cancellation);
        }
        catch (Exception e) when (e is not (PutException or OperationCanceledException))
        {
            throw new PutOutcomeUnknownException($"The store did not answer the put: {e.GetType().Name}, {e.Message}", [], [], key);
        }
        catch (OperationCanceledException)
        {
            services.Terminal.Say($"Whether the event was written is not known. Put it again with --key {key}: that finds what is there.");
            throw;
        }
    }

    private static EventPayload ReadArgument(string text)
    {
        try
        {
            return EventPayload.FromText(text);
        }
        catch (ArgumentException)
        {
            throw new InvalidEventException("The event has an unpaired surrogate, which UTF-8 cannot express.");
        }
    }

    /// <summary>Reads no more than an event may have; a line ending at its end, which most tools add, is not part of the event.</summary>
    private async Task<EventPayload> ReadInputAsync(CancellationToken cancellation)
    {
        const int Limit = FileLoadOptions.MaxLineBytes;
        var buffer = new byte[Limit + 2];
        var length = await services.Terminal.Input.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation)
            .AsTask().WaitAsync(cancellation);
        var content = buffer.AsSpan(0, length);
        content = content.EndsWith("\n"u8) ? content[..^1] : content;
        content = content.EndsWith("\r"u8) ? content[..^1] : content;
        return content.Length <= Limit
            ? EventPayload.FromBytes(content.ToArray())
            : throw new EventTooLargeException($"The event has more than {Limit} bytes.", Limit, content.Length);
    }
}
