using AllData.Errors;
using AllData.Peers;

namespace AllData.Wire;

/// <summary>A peer's name as it travels; null stands for the name that is not set.</summary>
[GenerateSerializer, Immutable]
internal readonly struct PeerIdSurrogate(string? value)
{
    [Id(0)]
    public readonly string? Value = value;
}

/// <summary>Takes no name that <see cref="PeerId.Parse(string)"/> would refuse.</summary>
[RegisterConverter]
internal sealed class PeerIdConverter : IConverter<PeerId, PeerIdSurrogate>
{
    public PeerId ConvertFromSurrogate(in PeerIdSurrogate surrogate) =>
        string.IsNullOrEmpty(surrogate.Value) ? default
        : PeerId.TryParse(surrogate.Value, out var peer) ? peer
        : throw new InvalidValueException(PeerId.Fault(surrogate.Value));

    public PeerIdSurrogate ConvertToSurrogate(in PeerId value) => new(value == default ? null : value.Value);
}

/// <summary>A location as it travels; two nulls stand for the location that is not set.</summary>
// Positional, as the type was when its bytes were fixed: such a type has an empty part before its members.
[GenerateSerializer, Immutable]
internal readonly record struct PeerLocationSurrogate([property: Id(0)] string? Region, [property: Id(1)] string? Zone);

/// <summary>Takes no location that a registry would refuse.</summary>
[RegisterConverter]
internal sealed class PeerLocationConverter : IConverter<PeerLocation, PeerLocationSurrogate>
{
    public PeerLocation ConvertFromSurrogate(in PeerLocationSurrogate surrogate)
    {
        var location = new PeerLocation(surrogate.Region!, surrogate.Zone!);
        return location == default || location.Fault is not { } fault ? location : throw new InvalidValueException(fault);
    }

    public PeerLocationSurrogate ConvertToSurrogate(in PeerLocation value) => new(value.Region, value.Zone);
}
