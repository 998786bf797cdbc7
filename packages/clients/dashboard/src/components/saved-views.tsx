import { useSignal } from '@preact/signals';
import { path, query } from '../browser/navigation';
import { ofList, savedViews, saveViews, toViewAddress, withView } from '../browser/saved-views';
import { defineTexts } from '../language/define-texts';
import { assign, Input } from './input';
import { Menu } from './menu';

const t = defineTexts({
  none: ['No view of this list is saved in this browser.', '此浏览器尚未保存此列表的视图。'],
  view_name: ['Name for the present view', '当前视图的名称'],
  save: ['Save', '保存'],
  remove: ['Remove the view {name}', '删除视图 {name}'],
});

const MAX_NAME = 60;

export const SavedViews = () => (
  <Menu name={t('views')}>
    <ViewList />
  </Menu>
);

export function ViewList() {
  const name = useSignal('');
  const views = ofList(savedViews.value, path.value);
  const present = toViewAddress(path.value, query.value);
  return (
    <div class="saved-views">
      {views.length === 0 ? (
        <p class="weak">{t('none')}</p>
      ) : (
        <ul>
          {views.map((view) => (
            <li key={view.name}>
              <a href={view.to} aria-current={view.to === present ? 'true' : undefined}>
                <bdi>{view.name}</bdi>
              </a>
              <button
                type="button"
                class="quiet"
                aria-label={t('remove', { name: view.name })}
                onClick={() => saveViews(savedViews.value.filter((each) => each !== view))}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      <form
        class="buttons"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.value.trim() === '') return;
          saveViews(withView(savedViews.value, { name: name.value, to: present }));
          assign(name, '');
        }}
      >
        <Input label={t('view_name')} value={name} maxLength={MAX_NAME} required />
        <button type="submit">{t('save')}</button>
      </form>
    </div>
  );
}
