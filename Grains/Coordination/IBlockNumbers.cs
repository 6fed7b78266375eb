using AllData.Errors;
using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Coordination;

/// <summary>Gives blocks their numbers, and is told how they end. For several threads.</summary>
internal interface IBlockNumbers
{
    /// <summary>The id of the next block of a minute. Its number is under way until it is settled or abandoned.</summary>
    /// <param name="ordinal">This silo's ordinal.</param>
    /// <param name="minute">The minute that the block lies in.</param>
    /// <exception cref="KeysUnavailableException">The silo is stopping.</exception>
    BlockId Issue(int ordinal, UnixMinute minute);

    /// <summary>A peer has stored the block, or its put has ended and it may be stored. Again is no change.</summary>
    void Settle(BlockId id);

    /// <summary>No block of this id is stored anywhere, and none will be. Of a number that was settled this is not believed.</summary>
    void Abandon(BlockId id);

    /// <summary>The put of a block has ended: nothing of it will be written any more.</summary>
    /// <param name="id">The block.</param>
    /// <param name="isUnwritten">Whether it is known that no peer has written it.</param>
    void End(BlockId id, bool isUnwritten)
    {
        if (isUnwritten)
        {
            Abandon(id);
        }
        else
        {
            Settle(id);
        }
    }
}
