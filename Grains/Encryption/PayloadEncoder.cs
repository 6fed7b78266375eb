using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Encryption;

/// <summary>Brings payloads into the form in which they are stored: encrypted where there is a key, otherwise as they are.</summary>
internal sealed class PayloadEncoder(IPayloadKeyProvider keys)
{
    /// <summary>Whether one event may be held in several forms: encrypted with several keys, or not encrypted.</summary>
    public bool HasSeveralForms => !keys.All.IsDefaultOrEmpty;

    /// <summary>Brings the events of a put into the form in which they are stored now.</summary>
    /// <param name="events">The events, which have their keys.</param>
    public void Encode(Span<KeyedEvent> events)
    {
        if (keys.Newest is { } newest)
        {
            Encrypt(events, newest);
        }
        else
        {
            Escape(events);
        }
    }

    /// <summary>The form of an event that has one of some digests; null when no known form has.</summary>
    /// <param name="put">The event as it was put.</param>
    /// <param name="isWanted">Whether a digest is one of them.</param>
    public KeyedEvent? FindForm(KeyedEvent put, Predicate<EventDigest> isWanted)
    {
        foreach (var key in keys.All)
        {
            var form = new[] { put };
            Encrypt(form, key);
            if (isWanted(DigestOf(form[0])))
            {
                return form[0];
            }
        }

        var plain = new[] { put };
        Escape(plain);
        return isWanted(DigestOf(plain[0])) ? plain[0] : null;
    }

    private static EventDigest DigestOf(KeyedEvent e) => e.Digest;

    // A payload could be mistaken for an encrypted one.
    private static void Escape(Span<KeyedEvent> events)
    {
        foreach (ref var one in events)
        {
            if (StoredPayload.IsMarked(one.Payload.Span))
            {
                one = one with { Payload = StoredPayload.Escape(one.Payload.Span) };
            }
        }
    }

    private static void Encrypt(Span<KeyedEvent> events, PayloadKey key)
    {
        using var cipher = new PayloadCipher(key);
        foreach (ref var one in events)
        {
            var stored = new byte[one.Payload.Length + StoredPayload.EncryptedOverhead];
            cipher.Encrypt(one.Key, one.Payload.Span, stored);
            one = one with { Payload = stored };
        }
    }
}
