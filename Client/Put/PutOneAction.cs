using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Terminals;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;

namespace AllData.Client.Put;

/// <summary>Puts one event, under a key that is given or reserved first: it is retried through other gateways, and a failure names the key.</summary>
internal sealed class PutOneAction(ClientServices services, ClusterAddress address, PutOptions options, bool json)
{
    public async Task<int> RunAsync(string text, EventKey? given, CancellationToken cancellation)
    {
        var payload = text == PutCommand.StandardInput ? await ReadInputAsync(cancellation) : ReadArgument(text);
        if (JsonCheck.FindFault(payload.Bytes) is { } fault)
        {
            throw new InvalidEventException(fault);
        }

        await using var cluster = await services.Connector.ConnectAsync(address, cancellation);
        await using var client = PutClients.Create(
            cluster.Grains, services, address, batchEvents: 1, batchBytes: 0, inFlight: 1, Math.Max(payload.Length, FileLoadOptions.UsualMaxLineBytes));
        var put = given is { } key
            ? client.PutAsync(key, payload, PutClients.Asked(options), CancellationToken.None)
            : client.PutAsync(payload, PutClients.Asked(options), CancellationToken.None);
        ReceiptOutput.Write(services.Terminal, await AwaitAsync(client, put, cancellation), json);
        return ExitCodes.Done;
    }

    /// <summary>Waits for the receipt; after an interrupt it still says what is known, because the event may be stored.</summary>
    private async Task<PutReceipt> AwaitAsync(AllDataClient client, Task<PutReceipt> put, CancellationToken cancellation)
    {
        try
        {
            return await put.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            await client.CloseAsync(TimeSpan.Zero);
            try
            {
                var receipt = await put;
                services.Terminal.Say($"The event is stored under key {receipt.Key}.");
            }
            catch (PutException e)
            {
                services.Terminal.Say(ErrorOutput.Describe(e));
            }

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

    /// <summary>Reads no more than an event may ever have; a line ending at its end, which most tools add, is not part of the event.</summary>
    private async Task<EventPayload> ReadInputAsync(CancellationToken cancellation)
    {
        const int Limit = FileLoadOptions.LargestMaxLineBytes;
        using var input = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while (input.Length <= Limit + 2 && (read = await services.Terminal.Input.ReadAsync(buffer, cancellation).AsTask().WaitAsync(cancellation)) > 0)
        {
            input.Write(buffer, 0, read);
        }

        var content = input.GetBuffer().AsSpan(0, (int)input.Length);
        content = content.EndsWith("\n"u8) ? content[..^1] : content;
        content = content.EndsWith("\r"u8) ? content[..^1] : content;
        return content.Length <= Limit
            ? EventPayload.FromBytes(content.ToArray())
            : throw new EventTooLargeException($"The event has more than {Limit} bytes, which no store takes.", Limit, content.Length);
    }
}
