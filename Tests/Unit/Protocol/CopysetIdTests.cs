using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

public sealed class CopysetIdTests
{
    [Fact]
    public void Ids_are_ordered_and_written_as_their_numbers()
    {
        CopysetId[] ids = [new(7), new(long.MinValue), new(long.MaxValue), new(-7)];
        Assert.Equal([new(long.MinValue), new(-7), new(7), new(long.MaxValue)], ids.Order());
        Assert.Equal("-9223372036854775808,-7,7,9223372036854775807", string.Join(',', ids.Order()));
    }

    [Fact]
    public void The_same_members_have_the_same_id_and_others_another_one()
    {
        Assert.Equal(new Copyset([1, 2, 3]).Id, new Copyset([3, 2, 1]).Id);
        Assert.NotEqual(new Copyset([1, 2, 3]).Id, new Copyset([1, 2, 4]).Id);
    }
}
