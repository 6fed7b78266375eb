using System.Buffers;
using AllData.Errors;
using AllData.Replication;
using ReadResult = System.IO.Pipelines.ReadResult;

namespace AllData.Silo.Http.Ingest;

/// <summary>
/// Reads one stream and puts it as it arrives. Lines are sent as soon as no more input is available and the window has room. While it has none,
/// batches grow; when one is full, reading stops, which slows the sender down.
/// </summary>
internal sealed class IngestStream(
    IngestBody body, LinePacker packer, IngestAnswers answers, BatchSender puts, PutOptions? put, CallerQuota? quota, WaitingBytes waiting,
    PartialBodies partials, EventHttpOptions options, TimeProvider time) : IDisposable
{
    private readonly ExpansionBounds _expansion = new(options.Ingest);

    // It is ended on another thread than the one that looks for room: continuations run at once.
    private readonly PartialBody _partial = partials.Watch(() => Task.Run(body.GiveUp), () => body.DecoderBytes);

    private Task? _place;
    private long _held;
    private TimeSpan _lineWaited;

    /// <summary>Reads to the end. If it fails, whole lines received before are in flight all the same.</summary>
    /// <exception cref="IngestStopException">Reading ended early.</exception>
    /// <exception cref="IOException">The body cannot be read to its end.</exception>
    public async Task ReadAsync()
    {
        try
        {
            while (await TakeSomeAsync())
            {
            }

            while (!packer.TryEnd())
            {
                await SendAsync();
            }
        }
        finally
        {
            await SendAsync();
        }
    }

    /// <summary>Gives back the bytes of a line that never became whole.</summary>
    public void Dispose()
    {
        _partial.Dispose();
        Hold(0);
    }

    private async Task<bool> TakeSomeAsync()
    {
        await WaitForRoomAsync();
        var read = await NextAsync();
        CheckExpansion(read.Buffer.Length);
        var rest = Take(read.Buffer);
        while (packer.IsFull)
        {
            await SendAsync();
            rest = Take(rest);
        }

        _partial.Take(read.Buffer.Length, _held);
        body.AdvanceTo(read.Buffer.End);
        return !read.IsCompleted;
    }

    private void CheckExpansion(long decompressed)
    {
        if (body.CompressedBytes is { } compressed)
        {
            _expansion.Take(decompressed, compressed, packer.LinesSeen);
        }
    }

    private ReadOnlySequence<byte> Take(ReadOnlySequence<byte> bytes)
    {
        var lines = packer.LinesSeen;
        var rest = packer.Take(bytes);
        Hold(packer.HeldBytes);
        _lineWaited = lines == packer.LinesSeen ? _lineWaited : TimeSpan.Zero;
        return rest;
    }

    private void Hold(long bytes)
    {
        waiting.Take(bytes - _held);
        _held = bytes;
    }

    /// <summary>Stops reading while too many bytes wait in this silo, including other requests' bytes.</summary>
    private async Task WaitForRoomAsync()
    {
        for (var waited = TimeSpan.Zero; waiting.IsFull; waited += WaitingBytes.RoomCheck)
        {
            await SendAsync();
            partials.MakeRoom(options.MaxWaitingBytes / 4);
            if (waited >= options.Ingest.OverloadPatience)
            {
                throw new IngestStopException(
                    Problems.Overloaded,
                    $"{waiting.Taken} bytes of events are waiting here, of at most {options.MaxWaitingBytes}. Send the rest later.");
            }

            await Task.Delay(WaitingBytes.RoomCheck, time);
        }
    }

    private async Task<ReadResult> NextAsync()
    {
        var read = body.ReadAsync();
        if (read.IsCompleted)
        {
            return body.Checked(await read);
        }

        var pending = read.AsTask();
        await SendWhileAsync(pending);
        _partial.Wait();
        packer.Rest();
        return await (packer.IsInsideLine ? RestOfLineAsync(pending) : body.EndAsync(pending, options.Ingest.Pause));
    }

    /// <summary>No more input is available: the lines received leave when the window has room, unless more arrives before.</summary>
    private async Task SendWhileAsync(Task pending)
    {
        while (packer.HasLines && !pending.IsCompleted)
        {
            _place ??= answers.EnterAsync();
            await Task.WhenAny(pending, _place);
            if (_place.IsCompleted)
            {
                await SendAsync();
            }
        }
    }

    /// <summary>The bound is on the whole line: a sender of one byte now and then would otherwise keep its room forever.</summary>
    private async Task<ReadResult> RestOfLineAsync(Task<ReadResult> pending)
    {
        var began = time.GetTimestamp();
        var read = await body.EndAsync(pending, options.BodyTimeout - _lineWaited);
        _lineWaited += time.GetElapsedTime(began);
        return read;
    }

    /// <summary>Waits for a place in the window and puts the whole lines received.</summary>
    private async Task SendAsync()
    {
        if (!packer.HasLines)
        {
            return;
        }

        await (_place ??= answers.EnterAsync());
        _place = null;
        var (lines, settled) = await RefusalAsync() is { } refusal ? BatchSender.Refuse(packer, refusal) : await puts.BeginAsync(packer, put);

        // From now on the window counts them.
        _held -= lines.Bytes;
        answers.Add(lines, settled);
    }

    // What has been read is put when the quota has anything left, and counted whole: the next batch waits the longer.
    private async Task<PutException?> RefusalAsync()
    {
        if (quota is null)
        {
            return null;
        }

        var refusal = await quota.WaitAsync(options.Ingest.Pause, time, body.Stopping);
        if (refusal is null)
        {
            quota.Count(packer.Events, packer.HeldBytes);
        }

        return refusal;
    }
}
