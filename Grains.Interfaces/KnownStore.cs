using AllData.Errors;

namespace AllData;

/// <summary>
/// The store that a client has come to know, from the first answer that names one. Gateways of another store are refused from then on: otherwise half
/// of the events would go to each, and each would call its half complete.
/// </summary>
internal sealed class KnownStore
{
    private readonly Lock _lock = new();
    private readonly HashSet<Guid> _same = [];
    private Guid? _id;

    /// <summary>The store; null before the first answer.</summary>
    public Guid? Id
    {
        get
        {
            lock (_lock)
            {
                return _id;
            }
        }
    }

    /// <summary>A gateway has reported its store.</summary>
    /// <param name="answered">The store; null if the gateway does not know it yet, or is older than the question.</param>
    /// <param name="aliases">Ids that clusters of this store had before: one of them is no other store.</param>
    /// <exception cref="OtherStoreException">It differs from the known store.</exception>
    public void Accept(Guid? answered, params IEnumerable<Guid> aliases)
    {
        if (answered is not { } store || store == Guid.Empty)
        {
            return;
        }

        lock (_lock)
        {
            _id ??= store;
            if (_id != store && !_same.Contains(store) && !aliases.Contains(_id.Value))
            {
                throw new OtherStoreException(
                    $"A gateway belongs to store {store}, this client to store {_id}, which answered first. Give a client the gateways of one store"
                    + " only; where the other one is meant, or the store was made again, restart the client.",
                    _id.Value,
                    store);
            }

            _same.UnionWith([store, .. aliases]);
        }
    }
}
