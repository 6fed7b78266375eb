using System.Buffers;
using AllData.Events;
using AllData.Replication;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;

namespace AllData.Wire;

/// <summary>A minute as it travels: a 64-bit integer, as before it had a type. Each number is one; questions are clamped where they are answered.</summary>
[RegisterSerializer]
internal sealed class UnixMinuteCodec : IFieldCodec<UnixMinute>
{
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, UnixMinute value)
        where TBufferWriter : IBufferWriter<byte> => Int64Codec.WriteField(ref writer, fieldIdDelta, value.Value);

    public UnixMinute ReadValue<TInput>(ref Reader<TInput> reader, Field field) => new(Int64Codec.ReadValue(ref reader, field));
}

/// <summary>A copyset's id as it travels: a 64-bit integer, as before it had a type. Each number is one.</summary>
[RegisterSerializer]
internal sealed class CopysetIdCodec : IFieldCodec<CopysetId>
{
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, CopysetId value)
        where TBufferWriter : IBufferWriter<byte> => Int64Codec.WriteField(ref writer, fieldIdDelta, value.Value);

    public CopysetId ReadValue<TInput>(ref Reader<TInput> reader, Field field) => new(Int64Codec.ReadValue(ref reader, field));
}
