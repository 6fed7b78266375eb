using System.Text.Json.Serialization;
using AllData.Events;
using AllData.Json;

namespace AllData.Replication;

/// <summary>Why a payload cannot be read although its event is held.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<PayloadFault>))]
public enum PayloadFault
{
    /// <summary>The silo that served the read does not have the key that encrypted it: not given to it, or destroyed.</summary>
    KeyMissing = 0,

    /// <summary>The key is there, and the bytes are not what it encrypted: they were changed after that, and their digest with them.</summary>
    NotAuthentic = 1,
}

/// <summary>An event that is held, is counted and has its digest, and whose payload cannot be read.</summary>
/// <param name="Key">The event's key.</param>
/// <param name="Fault">Why.</param>
/// <param name="EncryptionKeyId">The id of the key that encrypted it, 16 hexadecimal digits.</param>
[GenerateSerializer, Immutable, Alias("AllData.UnreadablePayload")]
public sealed record UnreadablePayload(
    [property: Id(0)] EventKey Key, [property: Id(1)] PayloadFault Fault, [property: Id(2)] string EncryptionKeyId)
{
    /// <summary>A sentence that says why.</summary>
    public string Reason => Fault == PayloadFault.KeyMissing
        ? $"the silo that served the read does not have key {EncryptionKeyId}, which encrypted it."
        : $"it is not what key {EncryptionKeyId} encrypted, but was changed after that.";
}
